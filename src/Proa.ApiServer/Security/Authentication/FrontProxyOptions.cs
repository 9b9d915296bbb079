using Proa.ApiServer.Pki;

namespace Proa.ApiServer.Security.Authentication;

/// <summary>Whose word is taken for who sends a request, and in which headers it stands. Immutable.</summary>
/// <param name="Authority">Signs the proxies' certificates.</param>
public sealed record FrontProxyOptions(CertificateAuthority Authority)
{
    /// <summary>Common names of the proxies' certificates; empty: any.</summary>
    public IReadOnlyList<string> AllowedNames { get; init; } = ["front-proxy-client"];

    /// <summary>The first that is sent names the user.</summary>
    public IReadOnlyList<string> UserHeaders { get; init; } = ["X-Remote-User"];

    public IReadOnlyList<string> UidHeaders { get; init; } = ["X-Remote-Uid"];

    public IReadOnlyList<string> GroupHeaders { get; init; } = ["X-Remote-Group"];

    public IReadOnlyList<string> ExtraPrefixes { get; init; } = ["X-Remote-Extra-"];
}
