namespace Proa.ApiServer.Security.Authorization;

/// <summary>Reads a list of authorization modes, the older way to say which authorizers are asked. Pure.</summary>
public static class AuthorizationModes
{
    /// <param name="modes">Such as <c>Node,RBAC</c>.</param>
    /// <param name="policies">Of the mode ABAC; null: no file was named.</param>
    /// <exception cref="FormatException">A mode is unknown, named twice, or lacks what it needs.</exception>
    public static IReadOnlyList<AuthorizerSettings> Read(IEnumerable<string> modes, AbacPolicies? policies)
    {
        var settings = new List<AuthorizerSettings>();
        foreach (var mode in modes.SelectMany(static text => text.Split(',', StringSplitOptions.TrimEntries)))
        {
            if (mode is not ("AlwaysAllow" or "AlwaysDeny" or "ABAC" or "Node" or "RBAC"))
            {
                throw new FormatException($"\"{mode}\" is not a valid mode: use AlwaysAllow, AlwaysDeny, ABAC, Node or RBAC; webhooks are named in an AuthorizationConfiguration");
            }
            if (settings.Exists(one => one.Type == mode))
            {
                throw new FormatException($"\"{mode}\" is named twice");
            }
            if (mode == "ABAC" && policies is null)
            {
                throw new FormatException("the mode ABAC needs --authorization-policy-file");
            }
            settings.Add(new(mode, mode.ToLowerInvariant(), null) { Policies = mode == "ABAC" ? policies : null });
        }
        if (policies is not null && !settings.Exists(static one => one.Type == "ABAC"))
        {
            throw new FormatException("--authorization-policy-file needs the mode ABAC");
        }
        return settings.Count > 0 ? settings : throw new FormatException("at least one authorization mode must be named");
    }
}
