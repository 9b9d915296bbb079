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
        return User(signed.Claims, audiences, ct);
    }

    public void Dispose() => _keys.Dispose();

    private TokenResult User(JsonObject claims, IReadOnlyList<string> audiences, CancellationToken ct)
    {
        var name = Name(claims, ct, out var wrong);
        if (wrong is not null)
        {
            return Refused(wrong);
        }
        var groups = Groups(claims, ct, out wrong);
        if (wrong is not null)
        {
            return Refused($"error evaluating group claim expression: {wrong}");
        }
        var uid = options.Mapping.Uid is { } expression ? ClaimMapping.Text(expression, claims, "uid", ct, out wrong) : options.UidClaim.Length == 0 ? "" : claims.String(options.UidClaim);
        if (uid is null)
        {
            return Refused(wrong ?? $"parse uid claim \"{options.UidClaim}\": claim not present");
        }
        var extra = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        if (claims.String("jti") is { Length: > 0 } id)
        {
            extra[UserExtra.CredentialId] = [$"JTI={id}"];
        }
        foreach (var (key, value) in options.Mapping.Extra)
        {
            var texts = ClaimMapping.Texts(value, claims, ct, out wrong);
            if (wrong is not null)
            {
                return Refused(wrong.StartsWith("expression '", StringComparison.Ordinal) ? wrong : $"error evaluating extra claim expression: {value.Text}: {wrong}");
            }
            if (texts.Count > 0)
            {
                extra[key] = texts;
            }
        }
        var user = new UserInfo(name, groups) { Uid = uid, Extra = extra };
        wrong = Missing(claims) ?? options.Mapping.CheckClaims(claims, ct) ?? options.Mapping.CheckUser(user, ct);
        return wrong is null ? TokenResult.ForServer(user with { Groups = [.. groups, UserInfo.AuthenticatedGroup] }, audiences) : Refused(wrong);
    }

    private string Name(JsonObject claims, CancellationToken ct, out string? wrong)
    {
        if (options.Mapping.Username is { } expression)
        {
            var made = ClaimMapping.Text(expression, claims, "username", ct, out wrong);
            wrong ??= made!.Length == 0 ? "empty username via CEL expression is not allowed" : null;
            return made ?? "";
        }
        wrong = claims.String(options.UsernameClaim) is not { Length: > 0 } ? $"parse username claims \"{options.UsernameClaim}\": claim not present"
            : options.UsernameClaim == "email" && claims.ContainsKey("email_verified") && claims.Bool("email_verified") != true ? "email not verified"
            : null;
        return options.EffectiveUsernamePrefix + claims.String(options.UsernameClaim);
    }

    private List<string> Groups(JsonObject claims, CancellationToken ct, out string? wrong)
    {
        wrong = null;
        return options.Mapping.Groups is { } expression ? ClaimMapping.Texts(expression, claims, ct, out wrong)
            : options.GroupsClaim.Length == 0 ? []
            : [.. Strings(claims[options.GroupsClaim]).Select(group => options.GroupsPrefix + group)];
    }

    private string? Missing(JsonObject claims)
    {
        foreach (var (claim, wanted) in options.RequiredClaims)
        {
            if (claims.String(claim) is not { } value)
            {
                return $"required claim {claim} not present in ID token";
            }
            if (value != wanted)
            {
                return $"required claim {claim} value does not match. Got = {value}, want = {wanted}";
            }
        }
        return null;
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
