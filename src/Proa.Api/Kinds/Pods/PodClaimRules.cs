using Proa.Api.Json;
using Proa.Api.Kinds.Internal;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Pods;

/// <summary>The claims for devices that a pod names.</summary>
internal static class PodClaimRules
{
    public static void Check(JsonObject spec, string path, FieldErrors errors)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var i = 0;
        foreach (var claim in spec.Objects("resourceClaims"))
        {
            var at = $"{path}.resourceClaims[{i++}]";
            var name = claim.Text("name");
            if (name.Length == 0)
            {
                errors.Required($"{at}.name");
            }
            else if (!seen.Add(name))
            {
                errors.Duplicate($"{at}.name", name);
            }
            else
            {
                errors.Invalid($"{at}.name", name, Names.DnsLabel(name));
            }
            var (byName, byTemplate) = (claim.String("resourceClaimName"), claim.String("resourceClaimTemplateName"));
            if (byName is not null && byTemplate is not null)
            {
                errors.Invalid(at, InternalForms.Of("PodResourceClaim", claim), "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified");
            }
            if (byName is null && byTemplate is null)
            {
                errors.Invalid(at, InternalForms.Of("PodResourceClaim", claim), "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`");
            }
            Name(byName, $"{at}.resourceClaimName", errors);
            Name(byTemplate, $"{at}.resourceClaimTemplateName", errors);
        }
    }

    private static void Name(string? name, string field, FieldErrors errors)
    {
        if (name is not null)
        {
            errors.Invalid(field, name, Names.DnsSubdomain(name));
        }
    }
}
