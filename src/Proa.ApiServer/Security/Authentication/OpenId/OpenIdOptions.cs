namespace Proa.ApiServer.Security.Authentication.OpenId;

/// <summary>An issuer of ID tokens whose users the API server takes as its own.</summary>
/// <param name="Issuer">Its URL, exactly as its tokens name it.</param>
/// <param name="Audiences">One of them must be among the token's: the client ids.</param>
public sealed record OpenIdOptions(string Issuer, IReadOnlyList<string> Audiences)
{
    /// <summary>Where its configuration is, when not below the issuer's URL.</summary>
    public string? DiscoveryUrl { get; init; }

    public string UsernameClaim { get; init; } = "sub";

    /// <summary>Null: the issuer and <c>#</c>, but nothing for <c>email</c>.</summary>
    public string? UsernamePrefix { get; init; }

    /// <summary>Empty: no groups.</summary>
    public string GroupsClaim { get; init; } = "";

    public string GroupsPrefix { get; init; } = "";

    /// <summary>Empty: no uid.</summary>
    public string UidClaim { get; init; } = "";

    public IReadOnlyDictionary<string, string> RequiredClaims { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<string> Algorithms { get; init; } = ["RS256"];

    /// <summary>Expressions, where the issuer has them.</summary>
    public ClaimMapping Mapping { get; init; } = ClaimMapping.None;

    /// <summary>PEM of the authority that the issuer's server is checked by; null: the machine's own.</summary>
    public string? AuthorityPem { get; init; }

    /// <summary>What goes before a user's name.</summary>
    public string EffectiveUsernamePrefix => UsernamePrefix switch
    {
        null => UsernameClaim == "email" ? "" : Issuer + "#",
        "-" => "",
        var prefix => prefix,
    };
}
