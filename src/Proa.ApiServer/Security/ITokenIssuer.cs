using Proa.Client;

namespace Proa.ApiServer.Security;

/// <summary>Signs tokens for service accounts (the <c>serviceaccounts/token</c> subresource). Thread-safe.</summary>
public interface ITokenIssuer
{
    /// <param name="audiences">Empty: the API server's own.</param>
    /// <param name="expirationSeconds">Asked for; the issuer may bound it.</param>
    ValueTask<ApiResult<IssuedToken>> IssueAsync(
        TokenSubject subject, IReadOnlyList<string> audiences, long expirationSeconds, CancellationToken ct);
}

/// <summary>Whom a token is for: a service account, and an object that it dies with.</summary>
public sealed record TokenSubject(string Namespace, string ServiceAccount, string ServiceAccountUid)
{
    public BoundObject? Bound { get; init; }

    /// <summary>Of a token bound to a pod that is on a node: that node.</summary>
    public BoundObject? Node { get; init; }
}

/// <param name="Kind"><c>Pod</c>, <c>Secret</c> or <c>Node</c>.</param>
public sealed record BoundObject(string Kind, string Name, string Uid);

/// <param name="Audiences">Those that the token carries.</param>
public sealed record IssuedToken(string Token, DateTimeOffset Expires, IReadOnlyList<string> Audiences)
{
    /// <summary>Its <c>jti</c>, by which the audit log tells it from others; empty: it has none.</summary>
    public string Id { get; init; } = "";
}
