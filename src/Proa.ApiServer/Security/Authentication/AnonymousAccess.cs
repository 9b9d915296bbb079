namespace Proa.ApiServer.Security.Authentication;

/// <summary>Whether who shows no credentials is <c>system:anonymous</c> rather than nobody. Immutable.</summary>
/// <param name="Paths">Where; empty: everywhere.</param>
public sealed record AnonymousAccess(bool Enabled, IReadOnlyList<string> Paths)
{
    /// <summary>Health and version alone.</summary>
    public static readonly AnonymousAccess Default = new(true, ["/healthz", "/livez", "/readyz", "/version", "/version/"]) { WithPartsOfHealth = true };

    /// <summary>The single checks below the health paths, too.</summary>
    private bool WithPartsOfHealth { get; init; }

    public bool Allows(RequestInfo request)
    {
        if (!Enabled || (Paths.Count > 0 && request.IsResource))
        {
            return false;
        }
        return Paths.Count == 0 || Paths.Contains(request.Path) || (WithPartsOfHealth
            && (request.Path.StartsWith("/healthz/", StringComparison.Ordinal) || request.Path.StartsWith("/livez/", StringComparison.Ordinal)
                || request.Path.StartsWith("/readyz/", StringComparison.Ordinal)));
    }
}
