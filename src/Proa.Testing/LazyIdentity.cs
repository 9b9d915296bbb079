using System.Net;
using Microsoft.AspNetCore.Http;
using Proa.ApiServer;
using Proa.ApiServer.Pki;
using Proa.ApiServer.Security;
using Proa.ApiServer.Security.Authentication;
using Proa.ApiServer.Security.Tokens;
using Proa.Client;
using Proa.Store;

namespace Proa.Testing;

/// <summary>
/// Keys and certificates of a test's cluster, made when something first needs them: a test without sockets and tokens never
/// does. Thread-safe.
/// </summary>
internal sealed class LazyIdentity : IAuthenticator, ITokenIssuer, IDisposable
{
    private readonly Lazy<(ClusterPki Pki, ServiceAccountTokens Accounts, BearerTokens Tokens, RequestAuthenticator Authenticator, string Folder)> _made;

    public LazyIdentity(IObjectStore store, IAuthorizer authorizer, TimeProvider time) => _made = new(() =>
    {
        var folder = Directory.CreateTempSubdirectory("proa-testing-").FullName;
        var pki = ClusterPki.LoadOrCreate(new PkiOptions(folder, [], [IPAddress.Loopback]), time);
        var accounts = new ServiceAccountTokens(pki.SigningKey, store, time);
        var tokens = new BearerTokens(pki.AdminToken, accounts, new BootstrapTokens(store, time));
        return (pki, accounts, tokens, new RequestAuthenticator(pki.Authority, tokens, authorizer, time), folder);
    });

    public ClusterPki Pki => _made.Value.Pki;

    public BearerTokens Tokens => _made.Value.Tokens;

    public ValueTask<AuthenticationResult> AuthenticateAsync(HttpContext context, RequestInfo request, CancellationToken ct) =>
        _made.Value.Authenticator.AuthenticateAsync(context, request, ct);

    public ValueTask<ApiResult<IssuedToken>> IssueAsync(TokenSubject subject, IReadOnlyList<string> audiences, long expirationSeconds, CancellationToken ct) =>
        _made.Value.Accounts.IssueAsync(subject, audiences, expirationSeconds, ct);

    public string IssueForSecret(string ns, string account, string accountUid, string secret) => _made.Value.Accounts.IssueLegacy(ns, account, accountUid, secret);

    public void Dispose()
    {
        if (_made.IsValueCreated)
        {
            _made.Value.Pki.Dispose();
            Directory.Delete(_made.Value.Folder, recursive: true);
        }
    }
}
