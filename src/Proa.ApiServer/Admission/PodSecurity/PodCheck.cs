namespace Proa.ApiServer.Admission.PodSecurity;

/// <summary>What a check found wrong.</summary>
/// <param name="Detail">May be empty.</param>
internal sealed record Finding(string Reason, string Detail);

/// <summary>One rule, which may read differently from a version on.</summary>
/// <param name="Id">Orders the findings within a level.</param>
internal sealed record PodCheck(string Id, PolicyLevel Level, params CheckVersion[] Versions)
{
    /// <summary>What holds at a minor version; null: the rule did not exist.</summary>
    public CheckVersion? At(int minor)
    {
        CheckVersion? found = null;
        foreach (var version in Versions)
        {
            if (version.Since <= minor)
            {
                found = version;
            }
        }
        return found;
    }
}

/// <param name="Since">The first minor version to which it applies.</param>
/// <param name="Run">Null: nothing is wrong.</param>
/// <param name="Replaces">The id of a baseline rule that need not be asked beside this one.</param>
internal sealed record CheckVersion(int Since, Func<PodUnderCheck, Finding?> Run, string? Replaces = null);
