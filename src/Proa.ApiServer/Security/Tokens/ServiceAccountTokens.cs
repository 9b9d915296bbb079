using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
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
public sealed class ServiceAccountTokens : ITokenIssuer, ITokenSource
{
    /// <summary>Whom a token is meant for when nothing else is asked; also who issues it.</summary>
    public const string Issuer = "https://kubernetes.default.svc";

    private const long ShortestSeconds = 600;
    private const int KnownLimit = 4096;
    private const string BadSignature = "go-jose/go-jose: error in cryptographic primitive";
    private const string Invalidated = "service account token has been invalidated";

    // A pod's last calls, while it ends, still pass.
    private static readonly TimeSpan s_deletionLeeway = TimeSpan.FromMinutes(1);
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
        var expires = now.AddSeconds(expirationSeconds);
        var claims = TokenClaims.Of(subject, meant, now, expires);
        return new(new IssuedToken(_signer.Sign(claims), expires, meant) { Id = claims.String("jti")! });
    }

    /// <summary>A token without an end, for a Secret of type <c>kubernetes.io/service-account-token</c>.</summary>
    public string IssueLegacy(string ns, string account, string accountUid, string secret) =>
        _signer.Sign(TokenClaims.OfLegacy(ns, account, accountUid, secret));

    public ValueTask<TokenResult> FindAsync(string token, IReadOnlyList<string> audiences, CancellationToken ct) => new(Check(token, audiences));

    /// <param name="audiences">Whom the token must be meant for, one of them at least; empty: the API server.</param>
    public TokenResult Check(string token, IReadOnlyList<string> audiences)
    {
        if (!_known.TryGetValue(token, out var claims))
        {
            if (_signer.Verify(token) is not { } signed)
            {
                return TokenSigner.IssuerIn(token) == Issuer ? new(null, [], BadSignature) : TokenResult.NotMine;
            }
            if ((TokenClaims.Read(signed) ?? TokenClaims.ReadLegacy(signed)) is not { } read)
            {
                return TokenResult.NotMine;
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
            return new(null, [], "service account token has expired");
        }
        IReadOnlyList<string> wanted = audiences.Count == 0 ? [Issuer] : audiences;
        var meant = wanted.Where(claims.Audiences.Contains).ToList();
        if (meant.Count == 0)
        {
            return new(null, [], $"token audiences {Go(claims.Audiences)} is invalid for the target audiences {Go(wanted)}");
        }
        if (_store.Get(new("serviceaccounts", claims.Subject.Namespace, claims.Subject.ServiceAccount)) is null)
        {
            return new(null, [], $"serviceaccounts \"{claims.Subject.ServiceAccount}\" not found");
        }
        return IsDead(claims.Subject, now) || (claims.IsLegacy && !IsInSecret(claims.Subject, token))
            ? new(null, [], Invalidated)
            : new(claims.User, meant, "") { Notes = claims.IsLegacy ? LegacyNotes(claims.Subject) : [] };
    }

    // The objects of the cluster come and go while a token lives: this is asked each time.
    private bool IsDead(TokenSubject subject, DateTimeOffset now) =>
        !Lives("serviceaccounts", subject.Namespace, new BoundObject("ServiceAccount", subject.ServiceAccount, subject.ServiceAccountUid), now)
        || subject.Bound switch
        {
            { Kind: "Pod" } pod => !Lives("pods", subject.Namespace, pod, now),
            { Kind: "Secret" } secret => !Lives("secrets", subject.Namespace, secret, now),
            { Kind: "Node" } node => !Lives("nodes", "", node, now),
            _ => false,
        };

    private bool Lives(string resource, string ns, BoundObject bound, DateTimeOffset now)
    {
        if (_store.Get(new(resource, ns, bound.Name)) is not { } found || (bound.Uid.Length > 0 && found.Index.Uid != bound.Uid))
        {
            return false;
        }
        if (found.Json.Span.IndexOf("\"deletionTimestamp\":\""u8) < 0)
        {
            return true;
        }
        var deleted = JsonTree.ParseObject(found.Json.Span).Object("metadata")?.String("deletionTimestamp");
        return !DateTimeOffset.TryParse(deleted, System.Globalization.CultureInfo.InvariantCulture, out var time) || now < time + s_deletionLeeway;
    }

    private List<KeyValuePair<string, string>> LegacyNotes(TokenSubject subject)
    {
        var secret = subject.Bound!.Name;
        var generated = _store.Get(new("serviceaccounts", subject.Namespace, subject.ServiceAccount)) is { } stored
            && (JsonTree.ParseObject(stored.Json.Span).Array("secrets") ?? []).Any(item => (item as JsonObject)?.String("name") == secret);
        return
        [
            new("authentication.k8s.io/legacy-token", TokenClaims.UserName(subject.Namespace, subject.ServiceAccount)),
            new($"authentication.k8s.io/legacy-token-{(generated ? "autogenerated" : "manual")}-secret", secret),
        ];
    }

    /// <summary>A token without an end is good as long as its Secret holds it.</summary>
    private bool IsInSecret(TokenSubject subject, string token) =>
        _store.Get(new("secrets", subject.Namespace, subject.Bound!.Name)) is { } stored
        && JsonTree.ParseObject(stored.Json.Span) is var secret && secret.String("type") == "kubernetes.io/service-account-token"
        && secret.Object("data")?.String("token") is { } held
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(held), Encoding.UTF8.GetBytes(Convert.ToBase64String(Encoding.UTF8.GetBytes(token))));

    private static string Go(IReadOnlyList<string> list) => $"[{string.Join(' ', list.Select(item => $"\"{item}\""))}]";

    private static Status TooShort(long seconds) => Statuses.Invalid("authentication.k8s.io", "TokenRequest", "",
    [
        Statuses.Cause("FieldValueInvalid", "spec.expirationSeconds", $"Invalid value: {seconds}: may not specify a duration less than 10 minutes"),
    ]);
}
