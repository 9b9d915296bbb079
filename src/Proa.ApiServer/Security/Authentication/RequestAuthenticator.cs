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
        AuthenticationResult result = Impersonation.IsAsked(context.Request.Headers)
            ? await _impersonation.ApplyAsync(user, context.Request.Headers, request, ct)
            : user;
        return found.Notes is { Count: > 0 } notes ? result with { Notes = notes } : result;
    }

    private async ValueTask<(UserInfo? User, IReadOnlyList<KeyValuePair<string, string>>? Notes)> IdentifyAsync(HttpContext context, RequestInfo request, CancellationToken ct)
    {
        if (context.Connection.ClientCertificate is { } certificate
            && (_frontProxies?.Find(certificate, context.Request.Headers) ?? _certificates.Find(certificate)) is { } user)
        {
            return (user, null);
        }
        var refused = context.Connection.ClientCertificate is not null;
        if (HeaderToken(context) is { } bearer)
        {
            var result = await _tokens.FindAsync(bearer, audiences: [], ct);
            if (result.User is not null)
            {
                return (result.User, result.Notes);
            }
            refused = true;
        }
        if (SocketToken(context.Request, ref refused) is { } token)
        {
            var result = await _tokens.FindAsync(token, audiences: [], ct);
            if (result.User is not null)
            {
                return (result.User, result.Notes);
            }
            refused = true;
        }
        return (!refused && _anonymous.Allows(request) ? UserInfo.Anonymous : null, null);
    }

    /// <summary>What follows the scheme, up to a space. Other schemes show no credentials.</summary>
    private static string? HeaderToken(HttpContext context)
    {
        var header = context.Request.Headers.Authorization.ToString().Trim();
        if (!header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }
        var token = header["Bearer ".Length..];
        var space = token.IndexOf(' ', StringComparison.Ordinal);
        return space switch
        {
            0 => WithSpace(context),
            > 0 => token[..space],
            _ => token,
        };
    }

    private static string? WithSpace(HttpContext context)
    {
        context.Response.Headers.Append(
            "Warning", WarningHeaders.Of(["the provided Authorization header contains extra space before the bearer token, and is ignored"]).ToArray());
        return null;
    }

    /// <summary>A browser cannot set headers on a WebSocket; the token comes among the protocols it offers, beside at least one to speak.</summary>
    private static string? SocketToken(HttpRequest request, ref bool refused)
    {
        if (request.Headers.SecWebSocketProtocol.Count == 0 || !string.Equals(request.Headers.Upgrade, "websocket", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }
        string? token = null;
        var (given, others) = (0, 0);
        foreach (var offered in request.Headers.SecWebSocketProtocol)
        {
            foreach (var protocol in (offered ?? "").Split(',', StringSplitOptions.TrimEntries))
            {
                if (!protocol.StartsWith(WebSocketToken, StringComparison.Ordinal))
                {
                    others++;
                    continue;
                }
                given++;
                token = Base64.Text(protocol.AsSpan(WebSocketToken.Length));
            }
        }
        refused |= given > 1 || (given == 1 && (token is null || (token.Length > 0 && others == 0)));
        return given == 1 && others > 0 && token is { Length: > 0 } ? token : null;
    }
}
