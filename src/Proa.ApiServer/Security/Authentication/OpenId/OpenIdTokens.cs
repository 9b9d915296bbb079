using Proa.Api.Json;

namespace Proa.ApiServer.Security.Authentication.OpenId;

/// <summary>ID tokens of one OpenID Connect issuer. Thread-safe.</summary>
public sealed class OpenIdTokens(OpenIdOptions options, TimeProvider time) : ITokenSource, IDisposable
{
    private readonly IssuerKeys _keys = new(options, time);

    public async ValueTask<TokenResult> FindAsync(string token, IReadOnlyList<string> audiences, CancellationToken ct)
    {
        if (SignedToken.Parse(token) is not { } signed || signed.Claims.String("iss") != options.Issuer)
        {
            return TokenResult.NotMine;
        }
        if (!options.Algorithms.Contains(signed.Algorithm))
        {
            return Refused($"verify token: oidc: id token signed with unsupported algorithm, expected [{string.Join(' ', options.Algorithms)}] got \"{signed.Algorithm}\"");
        }
        if (!Audiences(signed.Claims).Any(options.Audiences.Contains))
        {
            return Refused($"verify token: oidc: expected audience in {Go(options.Audiences)} got {Go(Audiences(signed.Claims))}");
        }
        var now = time.GetUtcNow();
        if (signed.Claims.Int("exp") is not { } expires || now >= DateTimeOffset.FromUnixTimeSeconds(expires))
        {
            return Refused("verify token: oidc: token is expired");
        }
        if (signed.Claims.Int("nbf") is { } start && now.AddMinutes(5) < DateTimeOffset.FromUnixTimeSeconds(start))
        {
            return Refused("verify token: oidc: current time is before the nbf (not before) time");
        }
        try
        {
            var keys = await _keys.FindAsync(signed.KeyId, ct);
            if (!keys.Any(signed.IsSignedBy))
            {
                return Refused("verify token: failed to verify signature: failed to verify id token signature");
            }
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException && !ct.IsCancellationRequested)
        {
            return Refused($"authenticator not initialized: {e.Message}");
        }
        return User(signed.Claims, audiences);
    }

    public void Dispose() => _keys.Dispose();

    private TokenResult User(JsonObject claims, IReadOnlyList<string> audiences)
    {
        if (claims.String(options.UsernameClaim) is not { Length: > 0 } name)
        {
            return Refused($"parse username claims \"{options.UsernameClaim}\": claim not present");
        }
        if (options.UsernameClaim == "email" && claims.ContainsKey("email_verified") && claims.Bool("email_verified") != true)
        {
            return Refused("email not verified");
        }
        foreach (var (claim, wanted) in options.RequiredClaims)
        {
            if (claims.String(claim) is not { } value)
            {
                return Refused($"required claim {claim} not present in ID token");
            }
            if (value != wanted)
            {
                return Refused($"required claim {claim} value does not match. Got = {value}, want = {wanted}");
            }
        }
        List<string> groups = options.GroupsClaim.Length == 0 ? [] : [.. Strings(claims[options.GroupsClaim]).Select(group => options.GroupsPrefix + group)];
        groups.Add(UserInfo.AuthenticatedGroup);
        return new(new UserInfo(options.EffectiveUsernamePrefix + name, groups)
        {
            Uid = options.UidClaim.Length == 0 ? "" : claims.String(options.UidClaim) ?? "",
            Extra = claims.String("jti") is { Length: > 0 } id
                ? new Dictionary<string, IReadOnlyList<string>> { [UserExtra.CredentialId] = [$"JTI={id}"] }
                : System.Collections.Immutable.ImmutableDictionary<string, IReadOnlyList<string>>.Empty,
        }, audiences, "");
    }

    private static List<string> Audiences(JsonObject claims) => Strings(claims["aud"]);

    private static List<string> Strings(JsonValue? value) => value switch
    {
        JsonArray list => [.. list.OfType<JsonString>().Select(text => text.Value)],
        JsonString one => [one.Value],
        _ => [],
    };

    private static string Go(IReadOnlyList<string> list) => $"[{string.Join(' ', list.Select(item => $"\"{item}\""))}]";

    private static TokenResult Refused(string why) => new(null, [], "oidc: " + why);
}
