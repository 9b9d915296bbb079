using Proa.Api.Json;
using Proa.ApiServer.Security.Authentication;

namespace Proa.ApiServer.Security.Tokens;

/// <summary>
/// What a service account's token says, laid out as Kubernetes lays it out:
/// <c>{"aud":[..],"exp":..,"iss":..,"jti":..,"kubernetes.io":{"namespace":..,"pod":{"name":..,"uid":..},"serviceaccount":{..}},"sub":".."}</c>.
/// </summary>
internal sealed record TokenClaims(
    TokenSubject Subject, IReadOnlyList<string> Audiences, DateTimeOffset NotBefore, DateTimeOffset Expires, UserInfo User)
{
    private const string LegacyIssuer = "kubernetes/serviceaccount";
    private const string LegacyPrefix = "kubernetes.io/serviceaccount/";

    /// <summary>Without a time: good as long as its Secret holds it.</summary>
    public bool IsLegacy { get; private init; }

    public static JsonObject OfLegacy(string ns, string account, string uid, string secret) => new()
    {
        ["iss"] = LegacyIssuer,
        [LegacyPrefix + "namespace"] = ns,
        [LegacyPrefix + "secret.name"] = secret,
        [LegacyPrefix + "service-account.name"] = account,
        [LegacyPrefix + "service-account.uid"] = uid,
        ["sub"] = UserName(ns, account),
    };

    /// <returns>Null when a claim is missing or another's.</returns>
    public static TokenClaims? ReadLegacy(JsonObject claims)
    {
        if (claims.String("iss") != LegacyIssuer || claims.String(LegacyPrefix + "namespace") is not { } ns
            || claims.String(LegacyPrefix + "secret.name") is not { Length: > 0 } secret
            || claims.String(LegacyPrefix + "service-account.name") is not { } name
            || claims.String(LegacyPrefix + "service-account.uid") is not { } uid || claims.String("sub") != UserName(ns, name))
        {
            return null;
        }
        var subject = new TokenSubject(ns, name, uid) { Bound = new("Secret", secret, "") };
        var user = new UserInfo(UserName(ns, name), [.. Groups(ns), UserInfo.AuthenticatedGroup]) { Uid = uid };
        return new(subject, [ServiceAccountTokens.Issuer], DateTimeOffset.MinValue.AddDays(1), DateTimeOffset.MaxValue, user) { IsLegacy = true };
    }

    public static JsonObject Of(TokenSubject subject, IReadOnlyList<string> audiences, DateTimeOffset now, DateTimeOffset expires)
    {
        var seconds = now.ToUnixTimeSeconds();
        var cluster = new JsonObject { ["namespace"] = subject.Namespace };
        if (subject.Node is { } node)
        {
            cluster["node"] = Reference(node.Name, node.Uid);
        }
        if (subject.Bound is { } bound)
        {
            cluster[bound.Kind.ToLowerInvariant()] = Reference(bound.Name, bound.Uid);
        }
        cluster["serviceaccount"] = Reference(subject.ServiceAccount, subject.ServiceAccountUid);
        return new()
        {
            ["aud"] = new JsonArray(audiences.Select(audience => (JsonValue)audience)),
            ["exp"] = expires.ToUnixTimeSeconds(),
            ["iat"] = seconds,
            ["iss"] = ServiceAccountTokens.Issuer,
            ["jti"] = Guid.NewGuid().ToString(),
            ["kubernetes.io"] = cluster,
            ["nbf"] = seconds,
            ["sub"] = UserName(subject.Namespace, subject.ServiceAccount),
        };
    }

    /// <returns>Null when a claim is missing or another's.</returns>
    public static TokenClaims? Read(JsonObject claims)
    {
        if (claims.String("iss") != ServiceAccountTokens.Issuer
            || claims.Int("exp") is not { } expires || claims.Int("nbf") is not { } notBefore
            || claims.Object("kubernetes.io") is not { } cluster
            || cluster.String("namespace") is not { } ns
            || cluster.Object("serviceaccount") is not { } account
            || account.String("name") is not { } name || account.String("uid") is not { } uid
            || claims.String("sub") != UserName(ns, name))
        {
            return null;
        }
        var bound = Bound(cluster, "Pod") ?? Bound(cluster, "Secret");
        var node = Bound(cluster, "Node");
        var subject = new TokenSubject(ns, name, uid) { Bound = bound ?? node, Node = bound is null ? null : node };
        var audiences = claims["aud"] switch
        {
            JsonArray list => [.. list.OfType<JsonString>().Select(audience => audience.Value)],
            JsonString one => [one.Value],
            _ => new List<string>(),
        };
        return new(
            subject,
            audiences,
            DateTimeOffset.FromUnixTimeSeconds(notBefore),
            DateTimeOffset.FromUnixTimeSeconds(expires),
            UserOf(subject, claims.String("jti") ?? ""));
    }

    private static UserInfo UserOf(TokenSubject subject, string id)
    {
        var extra = new Dictionary<string, IReadOnlyList<string>> { [UserExtra.CredentialId] = [$"JTI={id}"] };
        if (subject.Bound is { Kind: "Pod" } pod)
        {
            extra[UserExtra.PodName] = [pod.Name];
            extra[UserExtra.PodUid] = [pod.Uid];
        }
        if ((subject.Node ?? (subject.Bound?.Kind == "Node" ? subject.Bound : null)) is { } node)
        {
            extra[UserExtra.NodeName] = [node.Name];
            extra[UserExtra.NodeUid] = [node.Uid];
        }
        return new(UserName(subject.Namespace, subject.ServiceAccount), [.. Groups(subject.Namespace), UserInfo.AuthenticatedGroup])
        {
            Uid = subject.ServiceAccountUid,
            Extra = extra,
        };
    }

    public static string UserName(string ns, string name) => $"system:serviceaccount:{ns}:{name}";

    public static string[] Groups(string ns) => ["system:serviceaccounts", $"system:serviceaccounts:{ns}"];

    private static JsonObject Reference(string name, string uid) => new() { ["name"] = name, ["uid"] = uid };

    private static BoundObject? Bound(JsonObject cluster, string kind) =>
        cluster.Object(kind.ToLowerInvariant()) is { } found && found.String("name") is { } name && found.String("uid") is { } uid
            ? new(kind, name, uid)
            : null;
}
