using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Proa.Api.Json;
using Proa.Api.Kinds;
using Proa.ApiServer.Configuration;

namespace Proa.ApiServer.Security.Authentication.OpenId;

/// <summary>Reads one issuer of an AuthenticationConfiguration, by the original's checks. Pure.</summary>
internal static class IssuerReader
{
    public static OpenIdOptions Read(JsonObject jwt, string at, string ownIssuer, FieldErrors errors)
    {
        ConfigurationFields.Only(jwt, at, "issuer", "claimValidationRules", "claimMappings", "userValidationRules");
        var issuer = jwt.Object("issuer") ?? [];
        ConfigurationFields.Only(issuer, at + ".issuer", "url", "discoveryURL", "certificateAuthority", "audiences", "audienceMatchPolicy", "egressSelectorType");
        CheckIssuer(issuer, at + ".issuer", ownIssuer, errors);

        var required = new Dictionary<string, string>();
        var rules = ClaimRules(jwt, at + ".claimValidationRules", required, errors);
        var mappings = jwt.Object("claimMappings") ?? [];
        var mapped = at + ".claimMappings";
        ConfigurationFields.Only(mappings, mapped, "username", "groups", "uid", "extra");
        var mapping = new ClaimMapping
        {
            ClaimRules = rules,
            Username = Expression(mappings.Object("username"), mapped + ".username", needed: true, prefixed: true, errors),
            Groups = Expression(mappings.Object("groups"), mapped + ".groups", needed: false, prefixed: true, errors),
            Uid = Expression(mappings.Object("uid"), mapped + ".uid", needed: false, prefixed: false, errors),
            Extra = Extra(mappings, mapped + ".extra", errors),
        };
        if (mapping.Username?.Looks("email") == true
            && !mapping.Username.Looks("email_verified") && !mapping.Extra.Any(static extra => extra.Value.Looks("email_verified")) && !rules.Exists(static rule => rule.Looks("email_verified")))
        {
            errors.Invalid(mapped + ".username.expression", mapping.Username.Text,
                "claims.email_verified must be used in claimMappings.username.expression or claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when claims.email is used in claimMappings.username.expression");
        }
        return new(issuer.String("url") ?? "", ConfigurationFields.Strings(issuer, "audiences"))
        {
            DiscoveryUrl = issuer.String("discoveryURL") is { Length: > 0 } discovery ? discovery : null,
            AuthorityPem = issuer.String("certificateAuthority") is { Length: > 0 } pem ? pem : null,
            UsernameClaim = mappings.Object("username")?.String("claim") ?? "",
            UsernamePrefix = mappings.Object("username")?.String("prefix") ?? "",
            GroupsClaim = mappings.Object("groups")?.String("claim") ?? "",
            GroupsPrefix = mappings.Object("groups")?.String("prefix") ?? "",
            UidClaim = mappings.Object("uid")?.String("claim") ?? "",
            RequiredClaims = required,
            Algorithms = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512"],
            Mapping = mapping with { UserRules = UserRules(jwt, at + ".userValidationRules", errors) },
        };
    }

    private static void CheckIssuer(JsonObject issuer, string at, string ownIssuer, FieldErrors errors)
    {
        var (url, discovery) = (issuer.String("url") ?? "", issuer.String("discoveryURL") ?? "");
        if (url.Length == 0)
        {
            errors.Required(at + ".url");
        }
        else
        {
            if (url == ownIssuer)
            {
                errors.Invalid(at + ".url", url, $"URL must not overlap with disallowed issuers: [{ownIssuer}]");
            }
            CheckUrl(url, at + ".url", errors);
        }
        if (discovery.Length > 0)
        {
            if (url.Length > 0 && url.TrimEnd('/') == discovery.TrimEnd('/'))
            {
                errors.Invalid(at + ".discoveryURL", discovery, "discoveryURL must be different from URL");
            }
            CheckUrl(discovery, at + ".discoveryURL", errors);
        }
        CheckAudiences(issuer, at, errors);
        if (issuer.String("certificateAuthority") is { Length: > 0 } pem && !IsAuthority(pem))
        {
            errors.Invalid(at + ".certificateAuthority", "<omitted>", "data does not contain any valid RSA or ECDSA certificates");
        }
        switch (issuer.String("egressSelectorType"))
        {
            case null or "":
                break;
            case "controlplane" or "cluster":
                errors.Invalid(at + ".egressSelectorType", issuer["egressSelectorType"], "there are no egress selectors here: every issuer is reached directly");
                break;
            case { } other:
                errors.Invalid(at + ".egressSelectorType", other, "egress selector must be either controlplane or cluster");
                break;
        }
    }

    private static void CheckUrl(string text, string at, FieldErrors errors)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url))
        {
            errors.Invalid(at, text, "URL scheme must be https");
            return;
        }
        if (url.Scheme != Uri.UriSchemeHttps)
        {
            errors.Invalid(at, text, "URL scheme must be https");
        }
        if (url.UserInfo.Length > 0)
        {
            errors.Invalid(at, text, "URL must not contain a username or password");
        }
        if (url.Query.Length > 1)
        {
            errors.Invalid(at, text, "URL must not contain a query");
        }
        if (url.Fragment.Length > 1)
        {
            errors.Invalid(at, text, "URL must not contain a fragment");
        }
    }

    private static void CheckAudiences(JsonObject issuer, string at, FieldErrors errors)
    {
        var audiences = ConfigurationFields.Strings(issuer, "audiences");
        if (audiences.Count == 0)
        {
            errors.Required(at + ".audiences", $"at least one {at}.audiences is required");
            return;
        }
        for (var i = 0; i < audiences.Count; i++)
        {
            if (audiences[i].Length == 0)
            {
                errors.Required($"{at}.audiences[{i}]");
            }
            if (audiences.IndexOf(audiences[i]) < i)
            {
                errors.Duplicate($"{at}.audiences[{i}]", audiences[i]);
            }
        }
        var policy = issuer.String("audienceMatchPolicy") ?? "";
        if (policy != "MatchAny" && (audiences.Count > 1 || policy.Length > 0))
        {
            errors.Invalid(at + ".audienceMatchPolicy", policy, audiences.Count > 1
                ? "audienceMatchPolicy must be MatchAny for multiple audiences"
                : "audienceMatchPolicy must be empty or MatchAny for single audience");
        }
    }

    private static bool IsAuthority(string pem)
    {
        try
        {
            var certificates = new X509Certificate2Collection();
            certificates.ImportFromPem(pem);
            return certificates.Count > 0;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static List<ClaimExpression> ClaimRules(JsonObject jwt, string at, Dictionary<string, string> required, FieldErrors errors)
    {
        var compiled = new List<ClaimExpression>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var index = 0;
        foreach (var rule in (jwt.Array("claimValidationRules") ?? []).OfType<JsonObject>())
        {
            var here = $"{at}[{index++}]";
            ConfigurationFields.Only(rule, here, "claim", "requiredValue", "expression", "message");
            var (claim, expression) = (rule.String("claim") ?? "", rule.String("expression") ?? "");
            switch (claim.Length > 0, expression.Length > 0)
            {
                case (true, true):
                    errors.Invalid(here, claim, "claim and expression can't both be set");
                    break;
                case (false, false):
                    errors.Required(here, "claim or expression is required");
                    break;
                case (true, _):
                    if (rule.String("message") is { Length: > 0 } message)
                    {
                        errors.Invalid(here + ".message", message, "may not be specified when claim is set");
                    }
                    if (!required.TryAdd(claim, rule.String("requiredValue") ?? ""))
                    {
                        errors.Duplicate(here + ".claim", claim);
                    }
                    break;
                default:
                    if (rule.String("requiredValue") is { Length: > 0 } value)
                    {
                        errors.Invalid(here + ".requiredValue", value, "may not be specified when expression is set");
                    }
                    if (!seen.Add(expression))
                    {
                        errors.Duplicate(here + ".expression", expression);
                    }
                    else if (Compiled(ClaimExpression.OfClaims(expression, true, rule.String("message") ?? "", out var wrong), wrong, expression, here + ".expression", errors) is { } made)
                    {
                        compiled.Add(made);
                    }
                    break;
            }
        }
        return compiled;
    }

    private static ClaimExpression? Expression(JsonObject? mapping, string at, bool needed, bool prefixed, FieldErrors errors)
    {
        mapping ??= [];
        ConfigurationFields.Only(mapping, at, "claim", "prefix", "expression");
        var (claim, expression) = (mapping.String("claim") ?? "", mapping.String("expression") ?? "");
        switch (claim.Length > 0, expression.Length > 0)
        {
            case (true, true):
                errors.Invalid(at, "", "claim and expression can't both be set");
                return null;
            case (false, false):
                if (needed)
                {
                    errors.Required(at, "claim or expression is required");
                }
                return null;
            case (true, _):
                if (prefixed && mapping.String("prefix") is null)
                {
                    errors.Required(at + ".prefix", "prefix is required when claim is set. It can be set to an empty string to disable prefixing");
                }
                return null;
            default:
                if (prefixed && mapping.String("prefix") is { } prefix)
                {
                    errors.Invalid(at + ".prefix", prefix, "may not be specified when expression is set");
                }
                return Compiled(ClaimExpression.OfClaims(expression, false, "", out var wrong), wrong, expression, at + ".expression", errors);
        }
    }

    private static List<(string, ClaimExpression)> Extra(JsonObject mappings, string at, FieldErrors errors)
    {
        var extras = new List<(string, ClaimExpression)>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var index = 0;
        foreach (var extra in (mappings.Array("extra") ?? []).OfType<JsonObject>())
        {
            var here = $"{at}[{index++}]";
            ConfigurationFields.Only(extra, here, "key", "valueExpression");
            var (key, expression) = (extra.String("key") ?? "", extra.String("valueExpression") ?? "");
            DomainPaths.Check(key, here + ".key", errors);
            if (key != key.ToLowerInvariant())
            {
                errors.Invalid(here + ".key", key, "must be lowercase");
            }
            var domain = key.IndexOf('/') is > 0 and var slash ? "." + key[..slash] : "";
            if (domain.EndsWith(".kubernetes.io", StringComparison.Ordinal) || domain.EndsWith(".k8s.io", StringComparison.Ordinal))
            {
                errors.Invalid(here + ".key", key, "k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use");
            }
            if (!seen.Add(key))
            {
                errors.Duplicate(here + ".key", key);
            }
            else if (expression.Length == 0)
            {
                errors.Required(here + ".valueExpression");
            }
            else if (Compiled(ClaimExpression.OfClaims(expression, false, "", out var wrong), wrong, expression, here + ".valueExpression", errors) is { } made)
            {
                extras.Add((key, made));
            }
        }
        return extras;
    }

    private static List<ClaimExpression> UserRules(JsonObject jwt, string at, FieldErrors errors)
    {
        var compiled = new List<ClaimExpression>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var index = 0;
        foreach (var rule in (jwt.Array("userValidationRules") ?? []).OfType<JsonObject>())
        {
            var here = $"{at}[{index++}]";
            ConfigurationFields.Only(rule, here, "expression", "message");
            var expression = rule.String("expression") ?? "";
            if (expression.Length == 0)
            {
                errors.Required(here + ".expression");
            }
            else if (!seen.Add(expression))
            {
                errors.Duplicate(here + ".expression", expression);
            }
            else if (Compiled(ClaimExpression.OfUser(expression, rule.String("message") ?? "", out var wrong), wrong, expression, here + ".expression", errors) is { } made)
            {
                compiled.Add(made);
            }
        }
        return compiled;
    }

    private static ClaimExpression? Compiled(ClaimExpression? expression, string? wrong, string text, string at, FieldErrors errors)
    {
        if (wrong is not null)
        {
            errors.Invalid(at, text, wrong);
        }
        return expression;
    }
}
