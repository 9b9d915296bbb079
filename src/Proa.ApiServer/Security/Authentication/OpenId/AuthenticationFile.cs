using System.Text;
using Proa.Api.Json;
using Proa.Api.Yaml;

namespace Proa.ApiServer.Security.Authentication.OpenId;

/// <summary>The JWT part of an <c>apiserver.config.k8s.io AuthenticationConfiguration</c>. Claims by name are served, expressions are not.</summary>
public static class AuthenticationFile
{
    /// <exception cref="FormatException">Not such a configuration, or one that asks for what is not served.</exception>
    public static IReadOnlyList<OpenIdOptions> Read(string yaml)
    {
        if (YamlTree.Parse(Encoding.UTF8.GetBytes(yaml)) is not JsonObject file || file.String("kind") != "AuthenticationConfiguration")
        {
            throw new FormatException("it holds no AuthenticationConfiguration");
        }
        var issuers = new List<OpenIdOptions>();
        foreach (var item in file.Array("jwt") ?? [])
        {
            if (item is JsonObject jwt)
            {
                issuers.Add(Issuer(jwt, $"jwt[{issuers.Count}]"));
            }
        }
        return issuers;
    }

    private static OpenIdOptions Issuer(JsonObject jwt, string at)
    {
        var issuer = jwt.Object("issuer") ?? throw new FormatException($"{at}.issuer is missing");
        var url = issuer.String("url") is { Length: > 0 } text ? text : throw new FormatException($"{at}.issuer.url is missing");
        var audiences = Strings(issuer.Array("audiences"));
        if (audiences.Count == 0)
        {
            throw new FormatException($"{at}.issuer.audiences is missing");
        }
        if (jwt.Array("userValidationRules") is { Count: > 0 })
        {
            throw new FormatException($"{at}.userValidationRules: expressions are not served");
        }
        var mappings = jwt.Object("claimMappings") ?? throw new FormatException($"{at}.claimMappings is missing");
        var username = Mapping(mappings, "username", at);
        var required = new Dictionary<string, string>();
        foreach (var rule in (jwt.Array("claimValidationRules") ?? []).OfType<JsonObject>())
        {
            var claim = rule.String("claim") is { Length: > 0 } name ? name : throw new FormatException($"{at}.claimValidationRules: expressions are not served");
            required[claim] = rule.String("requiredValue") ?? "";
        }
        if (mappings.Array("extra") is { Count: > 0 })
        {
            throw new FormatException($"{at}.claimMappings.extra: expressions are not served");
        }
        var groups = mappings.ContainsKey("groups") ? Mapping(mappings, "groups", at) : ("", "");
        return new(url, audiences)
        {
            DiscoveryUrl = issuer.String("discoveryURL"),
            AuthorityPem = issuer.String("certificateAuthority"),
            UsernameClaim = username.Claim,
            UsernamePrefix = username.Prefix,
            GroupsClaim = groups.Item1,
            GroupsPrefix = groups.Item2,
            UidClaim = mappings.ContainsKey("uid") ? Mapping(mappings, "uid", at).Claim : "",
            RequiredClaims = required,
            Algorithms = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512"],
        };
    }

    private static (string Claim, string Prefix) Mapping(JsonObject mappings, string name, string at)
    {
        var mapping = mappings.Object(name) ?? throw new FormatException($"{at}.claimMappings.{name} is missing");
        return mapping.String("claim") is { Length: > 0 } claim
            ? (claim, mapping.String("prefix") ?? "")
            : throw new FormatException($"{at}.claimMappings.{name}: expressions are not served");
    }

    private static List<string> Strings(JsonArray? list) => list is null ? [] : [.. list.OfType<JsonString>().Select(text => text.Value)];
}
