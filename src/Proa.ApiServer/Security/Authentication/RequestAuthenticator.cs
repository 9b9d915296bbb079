using Microsoft.AspNetCore.Http;
using Proa.ApiServer.Pipeline;

namespace Proa.ApiServer.Security.Authentication;

/// <summary>
/// Authenticates by a front proxy's word, then by client certificate, then by bearer token; then whoever comes without any is
/// anonymous where that is allowed. Impersonation comes last.
/// </summary>
public sealed class RequestAuthenticator : IAuthenticator
{
    private const string WebSocketToken = "base64url.bearer.authorization.k8s.io.";
    private readonly FrontProxies? _frontProxies;
    private readonly ClientCertificates _certificates;
    private readonly BearerTokens _tokens;
    private readonly Impersonation _impersonation;
    private readonly AnonymousAccess _anonymous;

    /// <param name="anonymous">Who may come without credentials.</param>
    /// <param name="frontProxies">Null: nobody may speak for others.</param>
    public RequestAuthenticator(
        Pki.CertificateAuthority authority, BearerTokens tokens, IAuthorizer authorizer, TimeProvider time, AnonymousAccess? anonymous = null,
        FrontProxyOptions? frontProxies = null)
    {
        _anonymous = anonymous ?? AnonymousAccess.Default;
        _frontProxies = frontProxies is null ? null : new(frontProxies, time);
        _certificates = new(authority, time);
        _tokens = tokens;
        _impersonation = new(authorizer);
    }

    public async ValueTask<AuthenticationResult> AuthenticateAsync(HttpContext context, RequestInfo request, CancellationToken ct)
    {
        var found = await IdentifyAsync(context, request, ct);
        if (found.User is not { } user)
        {
            return Statuses.Unauthorized();
        }
        AuthenticationResult result = Impersonation.IsAsked(context.Request.Headers) ? await _impersonation.ApplyAsync(user, context.Request.Headers, ct) : user;
        return found.Notes is { Count: > 0 } notes ? result with { Notes = notes } : result;
    }

    private async ValueTask<(UserInfo? User, IReadOnlyList<KeyValuePair<string, string>>? Notes)> IdentifyAsync(HttpContext context, RequestInfo request, CancellationToken ct)
    {
        if (context.Connection.ClientCertificate is { } certificate
            && (_frontProxies?.Find(certificate, context.Request.Headers) ?? _certificates.Find(certificate)) is { } user)
        {
            return (user, null);
        }
        if (Token(context.Request) is { } token)
        {
            var result = await _tokens.FindAsync(token, audiences: [], ct);
            return (result.User, result.Notes);
        }
        return (context.Connection.ClientCertificate is null && _anonymous.Allows(request) ? UserInfo.Anonymous : null, null);
    }

    private static string? Token(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        if (header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            return header["Bearer ".Length..].Trim();
        }
        // A browser cannot set headers on a WebSocket; the token comes among the protocols it offers.
        foreach (var offered in request.Headers.SecWebSocketProtocol)
        {
            foreach (var protocol in (offered ?? "").Split(',', StringSplitOptions.TrimEntries))
            {
                if (protocol.StartsWith(WebSocketToken, StringComparison.Ordinal))
                {
                    return Base64.Text(protocol.AsSpan(WebSocketToken.Length));
                }
            }
        }
        return header.Length == 0 ? null : header;
    }
}
