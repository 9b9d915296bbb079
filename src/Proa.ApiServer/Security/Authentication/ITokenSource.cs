namespace Proa.ApiServer.Security.Authentication;

/// <summary>One kind of bearer tokens: service accounts', bootstrap, OpenID Connect, a file's. Thread-safe.</summary>
public interface ITokenSource
{
    /// <param name="audiences">Whom the token must be meant for; empty: the API server.</param>
    /// <returns>No user and no error: the token is of another kind. It completes synchronously but where keys must be fetched.</returns>
    ValueTask<TokenResult> FindAsync(string token, IReadOnlyList<string> audiences, CancellationToken ct);
}

/// <param name="Audiences">Of those asked for, the ones that the token is meant for.</param>
/// <param name="Error">Why a token of this kind has no user; empty: it is of another kind.</param>
public readonly record struct TokenResult(UserInfo? User, IReadOnlyList<string> Audiences, string Error)
{
    /// <summary>Of a token that says nothing of whom it is meant for: it is meant for the API server alone.</summary>
    /// <param name="asked">Empty: the API server.</param>
    public static TokenResult ForServer(UserInfo user, IReadOnlyList<string> asked) => asked.Count == 0 ? new(user, [], "")
        : asked.Contains(Tokens.ServiceAccountTokens.Issuer) ? new(user, [Tokens.ServiceAccountTokens.Issuer], "") : NotMine;

    public static readonly TokenResult NotMine = new(null, [], "");

    /// <summary>Notes for the audit log.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Notes { get; init; } = [];
}
