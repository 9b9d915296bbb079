using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Pods;

/// <summary>What requests and limits must be like.</summary>
internal static class ResourceRules
{
    public static void CheckContainer(JsonObject? resources, string at, FieldErrors errors, IReadOnlyList<string> claimNames)
    {
        if (resources is not null)
        {
            Check(resources, at, errors, ContainerResource);
            Claims(resources, $"{at}.claims", claimNames, errors);
        }
    }

    public static void CheckPod(JsonObject resources, string at, FieldErrors errors) => Check(resources, at, errors, PodResource);

    /// <summary>An amount's name and value, as containers may have them.</summary>
    public static void Amount(string name, JsonValue value, string field, FieldErrors errors)
    {
        ContainerResource(name, field, errors);
        Value(name, value, field, errors);
    }

    public static void Name(string name, string field, bool ofContainers, FieldErrors errors)
    {
        if (ofContainers)
        {
            ContainerResource(name, field, errors);
        }
        else
        {
            ResourceNames.Check(name, field, errors);
        }
    }

    /// <summary>That an amount is not negative, and whole where it counts things.</summary>
    public static void Value(string name, JsonValue value, string field, FieldErrors errors)
    {
        if (value is not JsonString text || !Quantity.TryParse(text.Value, out var quantity))
        {
            return;
        }
        if (quantity.Sign < 0)
        {
            errors.Invalid(field, text, "must be greater than or equal to 0");
        }
        if (ResourceNames.IsInteger(name) && quantity.MilliValue % 1000 != 0)
        {
            errors.Invalid(field, text, "must be an integer");
        }
    }

    private static void Check(JsonObject resources, string at, FieldErrors errors, Action<string, string, FieldErrors> nameCheck)
    {
        var (limits, requests) = (resources.Sub("limits"), resources.Sub("requests"));
        foreach (var (name, value) in limits)
        {
            nameCheck(name, $"{at}.limits[{name}]", errors);
            Value(name, value, $"{at}.limits[{name}]", errors);
            HugePages(name, value, $"{at}.limits[{name}]", errors);
        }
        foreach (var (name, value) in requests)
        {
            nameCheck(name, $"{at}.requests[{name}]", errors);
            Value(name, value, $"{at}.requests[{name}]", errors);
            Against(limits, name, value, at, errors);
            HugePages(name, value, $"{at}.requests[{name}]", errors);
        }
        var names = limits.Keys.Concat(requests.Keys).ToList();
        if (names.Exists(ResourceNames.IsHugePages) && !names.Exists(static name => name is "cpu" or "memory"))
        {
            errors.Forbidden(at, "HugePages require cpu or memory");
        }
    }

    private static void Against(JsonObject limits, string name, JsonValue value, string at, FieldErrors errors)
    {
        if (limits.String(name) is not { } limitText)
        {
            if (!ResourceNames.CanOvercommit(name))
            {
                errors.Required($"{at}.limits", "Limit must be set for non overcommitable resources");
            }
        }
        else if (Quantity.TryParse(limitText, out var limit) && value is JsonString text && Quantity.TryParse(text.Value, out var request))
        {
            if (!ResourceNames.CanOvercommit(name) && request != limit)
            {
                errors.Invalid($"{at}.requests", text, $"must be equal to {name} limit of {limit}");
            }
            else if (request > limit)
            {
                errors.Invalid($"{at}.requests", text, $"must be less than or equal to {name} limit of {limit}");
            }
        }
    }

    private static void HugePages(string name, JsonValue value, string field, FieldErrors errors)
    {
        if (ResourceNames.IsHugePages(name) && Quantity.TryParse(name["hugepages-".Length..], out var page) && value is JsonString text
            && Quantity.TryParse(text.Value, out var amount) && (page.MilliValue <= 0 || amount.MilliValue <= 0 || amount.MilliValue % page.MilliValue != 0))
        {
            errors.Invalid(field, text, $"{amount} is not positive integer multiple of {name}");
        }
    }

    private static void ContainerResource(string name, string field, FieldErrors errors)
    {
        ResourceNames.Check(name, field, errors);
        if (!name.Contains('/'))
        {
            if (!ResourceNames.IsOfContainers(name))
            {
                errors.Invalid(field, name, "must be a standard resource for containers");
            }
        }
        else if (!ResourceNames.IsNative(name) && !ResourceNames.IsExtended(name))
        {
            errors.Invalid(field, name, "doesn't follow extended resource name standard");
        }
    }

    private static void PodResource(string name, string field, FieldErrors errors)
    {
        if (ResourceNames.Check(name, field, errors) && !(name is "cpu" or "memory" || ResourceNames.IsHugePages(name)))
        {
            errors.NotSupported(field, name, "cpu", "hugepages-", "memory");
        }
    }

    private static void Claims(JsonObject resources, string at, IReadOnlyList<string> claimNames, FieldErrors errors)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var i = 0;
        foreach (var claim in resources.Objects("claims"))
        {
            var here = $"{at}[{i++}]";
            var name = claim.Text("name");
            if (name.Length == 0)
            {
                errors.Required(here);
                continue;
            }
            var request = claim.Text("request");
            if (seen.Contains(name))
            {
                errors.Duplicate(here, name);
            }
            else
            {
                var key = request.Length == 0 ? name : $"{name}/{request}";
                if (request.Length > 0)
                {
                    errors.Invalid($"{here}.request", request, Names.DnsLabel(request));
                }
                if (seen.Contains(key))
                {
                    errors.Duplicate(here, key);
                }
                else if (request.Length == 0 && seen.Any(other => other.StartsWith(name + "/", StringComparison.Ordinal)))
                {
                    errors.Duplicate(here, name);
                }
                seen.Add(key);
            }
            if (!claimNames.Contains(name))
            {
                errors.Add(new FieldError(FieldErrorType.NotFound, here, name, "must be one of the names in pod.spec.resourceClaims"
                    + (claimNames.Count == 0 ? " which is empty" : ": " + string.Join(", ", claimNames))));
            }
        }
    }
}
