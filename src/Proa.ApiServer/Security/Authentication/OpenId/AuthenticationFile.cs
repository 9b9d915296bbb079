using System.Text;
using Proa.Api.Json;
using Proa.Api.Kinds;
using Proa.Api.Meta;
using Proa.Api.Yaml;
using Proa.ApiServer.Configuration;

namespace Proa.ApiServer.Security.Authentication.OpenId;

/// <summary>Reads an <c>apiserver.config.k8s.io AuthenticationConfiguration</c>, strictly: expressions are compiled at once. Pure.</summary>
public static class AuthenticationFile
{
    private const int MostIssuers = 64;

    /// <param name="ownIssuer">The server's own issuer of tokens, which no other may claim to be.</param>
    /// <exception cref="FormatException">Says which fields are wrong, and why.</exception>
    public static AuthenticationConfiguration Read(string yaml, string ownIssuer = Tokens.ServiceAccountTokens.Issuer)
    {
        if (YamlTree.Parse(Encoding.UTF8.GetBytes(yaml)) is not JsonObject file || file.String("kind") != "AuthenticationConfiguration"
            || file.String("apiVersion") is not ("apiserver.config.k8s.io/v1" or "apiserver.config.k8s.io/v1beta1" or "apiserver.config.k8s.io/v1alpha1"))
        {
            throw new FormatException("it holds no apiserver.config.k8s.io/v1 AuthenticationConfiguration");
        }
        ConfigurationFields.Only(file, "", "apiVersion", "kind", "jwt", "anonymous");
        var errors = new FieldErrors();
        var jwts = (file.Array("jwt") ?? []).OfType<JsonObject>().ToList();
        var issuers = new List<OpenIdOptions>();
        if (jwts.Count > MostIssuers)
        {
            errors.Add(FieldError.TooMany("jwt", jwts.Count, MostIssuers));
        }
        var (urls, discoveries) = (new HashSet<string>(), new HashSet<string>());
        for (var i = 0; i < jwts.Count && errors.Count < MostIssuers; i++)
        {
            var at = $"jwt[{i}]";
            var made = IssuerReader.Read(jwts[i], at, ownIssuer, errors);
            if (!urls.Add(made.Issuer))
            {
                errors.Duplicate($"{at}.issuer.url", made.Issuer);
            }
            if (made.DiscoveryUrl is { } discovery && !discoveries.Add(discovery))
            {
                errors.Duplicate($"{at}.issuer.discoveryURL", discovery);
            }
            issuers.Add(made);
        }
        var anonymous = Anonymous(file.Object("anonymous"), errors);
        return errors.Count == 0 ? new(issuers, anonymous) : throw new FormatException(FieldError.Aggregate(errors.All));
    }

    private static AnonymousAccess? Anonymous(JsonObject? anonymous, FieldErrors errors)
    {
        if (anonymous is null)
        {
            return null;
        }
        ConfigurationFields.Only(anonymous, "anonymous", "enabled", "conditions");
        var paths = (anonymous.Array("conditions") ?? []).OfType<JsonObject>().Select(static condition => condition.String("path") ?? "").ToList();
        if (anonymous.Bool("enabled") != true && paths.Count > 0)
        {
            errors.Invalid("anonymous.conditions", anonymous.Array("conditions"), "enabled should be set to true when conditions are defined");
        }
        return new(anonymous.Bool("enabled") == true, paths);
    }
}
