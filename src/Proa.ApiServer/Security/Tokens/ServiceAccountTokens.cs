using System.Collections.Concurrent;
using System.Security.Cryptography;
using Proa.Api.Json;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Security.Authentication;
using Proa.Client;
using Proa.Store;

namespace Proa.ApiServer.Security.Tokens;

/// <summary>
/// Issues and checks the tokens of service accounts: bound to an audience, a time and, of a pod's token, to the pod. A token
/// ends when its time, its service account or its pod does.
/// </summary>
public sealed class ServiceAccountTokens : ITokenIssuer
{
    /// <summary>Whom a token is meant for when nothing else is asked; also who issues it.</summary>
    public const string Issuer = "https://kubernetes.default.svc";

    private const long ShortestSeconds = 600;
    private const long LongestSeconds = 365 * 24 * 3600;
    private const int KnownLimit = 4096;
    private const string InvalidToken = "invalid bearer token";
    private readonly TokenSigner _signer;
    private readonly IObjectStore _store;
    private readonly TimeProvider _time;

    // A signature check costs some 100 microseconds; the claims of a token that was signed once do not change.
    private readonly ConcurrentDictionary<string, TokenClaims> _known = new();

    public ServiceAccountTokens(ECDsa signingKey, IObjectStore store, TimeProvider time)
    {
        _signer = new(signingKey);
        _store = store;
        _time = time;
    }

    /// <summary>The public half of the key, as a JSON Web Key.</summary>
    public JsonObject PublicKey() => _signer.PublicKey();

    public ValueTask<ApiResult<IssuedToken>> IssueAsync(
        TokenSubject subject, IReadOnlyList<string> audiences, long expirationSeconds, CancellationToken ct)
    {
        if (expirationSeconds < ShortestSeconds)
        {
            return new(TooShort(expirationSeconds));
        }
        var meant = audiences.Count == 0 ? [Issuer] : audiences;
        var now = DateTimeOffset.FromUnixTimeSeconds(_time.GetUtcNow().ToUnixTimeSeconds());
        var expires = now.AddSeconds(Math.Min(expirationSeconds, LongestSeconds));
        var token = _signer.Sign(TokenClaims.Of(subject, meant, now, expires));
        return new(new IssuedToken(token, expires, meant));
    }

    /// <param name="audiences">Whom the token must be meant for, one of them at least; empty: the API server.</param>
    public TokenResult Check(string token, IReadOnlyList<string> audiences)
    {
        if (!_known.TryGetValue(token, out var claims))
        {
            if (_signer.Verify(token) is not { } signed || TokenClaims.Read(signed) is not { } read)
            {
                return new(null, [], InvalidToken);
            }
            if (_known.Count >= KnownLimit)
            {
                _known.Clear();
            }
            _known[token] = claims = read;
        }
        var now = _time.GetUtcNow();
        if (now >= claims.Expires || now < claims.NotBefore.AddMinutes(-1))
        {
            _known.TryRemove(token, out _);
            return new(null, [], $"[{InvalidToken}, service account token has expired]");
        }
        IReadOnlyList<string> wanted = audiences.Count == 0 ? [Issuer] : audiences;
        var meant = wanted.Where(claims.Audiences.Contains).ToList();
        if (meant.Count == 0)
        {
            return new(null, [], $"[{InvalidToken}, token audiences {Go(claims.Audiences)} is invalid for the target audiences {Go(wanted)}]");
        }
        return Dead(claims.Subject) is { } dead ? new(null, [], $"[{InvalidToken}, {dead}]") : new(claims.User, meant, "");
    }

    // The objects of the cluster come and go while a token lives: this is asked each time.
    private string? Dead(TokenSubject subject)
    {
        var account = _store.Get(new("serviceaccounts", subject.Namespace, subject.ServiceAccount));
        if (account is null || account.Index.Uid != subject.ServiceAccountUid)
        {
            return "service account token has been invalidated";
        }
        return subject.Bound switch
        {
            null => null,
            { Kind: "Pod" } pod when !Lives("pods", subject.Namespace, pod) => "service account token has been invalidated",
            { Kind: "Secret" } secret when !Lives("secrets", subject.Namespace, secret) => "service account token has been invalidated",
            { Kind: "Node" } node when !Lives("nodes", "", node) => "service account token has been invalidated",
            _ => null,
        };
    }

    private bool Lives(string resource, string ns, BoundObject bound) =>
        _store.Get(new(resource, ns, bound.Name)) is { } found && found.Index.Uid == bound.Uid;

    private static string Go(IReadOnlyList<string> list) => $"[{string.Join(' ', list.Select(item => $"\"{item}\""))}]";

    private static Status TooShort(long seconds) => Statuses.Invalid("authentication.k8s.io", "TokenRequest", "",
    [
        Statuses.Cause("FieldValueInvalid", "spec.expirationSeconds", $"Invalid value: {seconds}: may not specify a duration less than 10 minutes"),
    ]);
}
