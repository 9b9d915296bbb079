namespace Proa.ApiServer.Security.Authentication.OpenId;

/// <summary>The issuers of an AuthenticationConfiguration as it stands; another one takes its place between two requests. Thread-safe.</summary>
public sealed class ReloadedIssuers : ITokenSource, IDisposable
{
    private readonly TimeProvider _time;
    private volatile OpenIdTokens[] _issuers;

    public ReloadedIssuers(AuthenticationConfiguration configuration, TimeProvider time)
    {
        (_time, Anonymous) = (time, configuration.Anonymous);
        _issuers = Issuers(configuration);
    }

    /// <summary>As it was at the start: it does not change while the server runs. Null: the configuration says nothing.</summary>
    public AnonymousAccess? Anonymous { get; }

    /// <summary>Requests that are under way end with the issuers that they began with.</summary>
    /// <exception cref="FormatException">It says something else of anonymous access.</exception>
    public void Replace(AuthenticationConfiguration configuration)
    {
        if (configuration.Anonymous?.Enabled != Anonymous?.Enabled || !(configuration.Anonymous?.Paths ?? []).SequenceEqual(Anonymous?.Paths ?? []))
        {
            throw new FormatException("anonymous: Forbidden: changed from initial configuration file");
        }
        _issuers = Issuers(configuration);
    }

    public async ValueTask<TokenResult> FindAsync(string token, IReadOnlyList<string> audiences, CancellationToken ct)
    {
        foreach (var issuer in _issuers)
        {
            var result = await issuer.FindAsync(token, audiences, ct);
            if (result.User is not null || result.Error.Length > 0)
            {
                return result;
            }
        }
        return TokenResult.NotMine;
    }

    private OpenIdTokens[] Issuers(AuthenticationConfiguration configuration) => [.. configuration.Issuers.Select(issuer => new OpenIdTokens(issuer, _time))];

    public void Dispose()
    {
        foreach (var issuer in _issuers)
        {
            issuer.Dispose();
        }
    }
}
