namespace Proa.ApiServer.Security.Authentication.OpenId;

/// <summary>What an AuthenticationConfiguration says. Immutable.</summary>
/// <param name="Anonymous">Null: it says nothing of it.</param>
public sealed record AuthenticationConfiguration(IReadOnlyList<OpenIdOptions> Issuers, AnonymousAccess? Anonymous);
