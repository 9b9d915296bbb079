using System.Globalization;
using Proa.Api.Json;
using Proa.Api.Kinds.Pods;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Core;

/// <summary>What the limits of a LimitRange must be like, each and beside the others of its resource.</summary>
internal static class LimitRangeRules
{
    public static void Check(JsonObject spec, FieldErrors errors)
    {
        var types = new HashSet<string>(StringComparer.Ordinal);
        var i = 0;
        foreach (var limit in spec.Objects("limits"))
        {
            var at = $"spec.limits[{i++}]";
            var type = limit.Text("type");
            Type(type, $"{at}.type", errors);
            if (!types.Add(type))
            {
                errors.Duplicate($"{at}.type", type);
            }
            Limit(limit, type, at, errors);
        }
    }

    private static void Type(string type, string at, FieldErrors errors)
    {
        var wrong = Names.QualifiedName(type);
        errors.Invalid(at, type, wrong);
        if (wrong.Length == 0 && !type.Contains('/') && type is not ("Pod" or "Container" or "PersistentVolumeClaim"))
        {
            errors.Invalid(at, type, "must be a standard limit type or fully qualified");
        }
    }

    private static void Limit(JsonObject limit, string type, string at, FieldErrors errors)
    {
        var names = new List<string>();
        foreach (var part in (ReadOnlySpan<string>)["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"])
        {
            if (type == "Pod" && (part is "default" or "defaultRequest"))
            {
                if (limit.Object(part) is { Count: > 0 })
                {
                    errors.Forbidden($"{at}.{part}", "may not be specified when `type` is 'Pod'");
                }
                continue;
            }
            foreach (var name in limit.Sub(part).Keys)
            {
                ResourceRules.Name(name, $"{at}.{part}[{name}]", ofContainers: type is "Pod" or "Container", errors);
                if (!names.Contains(name))
                {
                    names.Add(name);
                }
            }
        }
        if (type == "PersistentVolumeClaim" && !limit.Sub("min").ContainsKey("storage") && !limit.Sub("max").ContainsKey("storage"))
        {
            errors.Required($"{at}.limits", "either minimum or maximum storage value is required, but neither was provided");
        }
        foreach (var name in names)
        {
            Compare(limit, name, type, at, errors);
        }
    }

    private static void Compare(JsonObject limit, string name, string type, string at, FieldErrors errors)
    {
        var (min, max, ratio) = (Amount(limit, "min", name), Amount(limit, "max", name), Amount(limit, "maxLimitRequestRatio", name));
        var given = type == "Pod" ? null : Amount(limit, "default", name);
        var request = type == "Pod" ? null : Amount(limit, "defaultRequest", name);
        if (min > max)
        {
            errors.Invalid($"{at}.min[{name}]", min.ToString()!, $"min value {min} is greater than max value {max}");
        }
        var requestField = $"{at}.defaultRequest[{name}]";
        if (min > request)
        {
            errors.Invalid(requestField, request.ToString()!, $"min value {min} is greater than default request value {request}");
        }
        if (request > max)
        {
            errors.Invalid(requestField, request.ToString()!, $"default request value {request} is greater than max value {max}");
        }
        if (request > given)
        {
            errors.Invalid(requestField, request.ToString()!, $"default request value {request} is greater than default limit value {given}");
        }
        if (min > given)
        {
            errors.Invalid($"{at}.default[{name}]", min.ToString()!, $"min value {min} is greater than default value {given}");
        }
        if (given > max)
        {
            errors.Invalid($"{at}.default[{name}]", max.ToString()!, $"default value {given} is greater than max value {max}");
        }
        Ratio(ratio, min, max, $"{at}.maxLimitRequestRatio[{name}]", errors);
        if (!ResourceNames.CanOvercommit(name) && given is { } a && request is { } b && a != b)
        {
            errors.Invalid(requestField, b.ToString(), $"default value {a} must equal to defaultRequest value {b} in {name}");
        }
    }

    private static void Ratio(Quantity? ratio, Quantity? min, Quantity? max, string at, FieldErrors errors)
    {
        if (ratio is not { } value)
        {
            return;
        }
        if (value < Quantity.FromLong(1))
        {
            errors.Invalid(at, value.ToString(), $"ratio {value} is less than 1");
        }
        if (min is { } least && max is { } most)
        {
            var bound = (double)most.MilliValue / least.MilliValue;
            if (value.MilliValue / 1000.0 > bound)
            {
                errors.Invalid(at, value.ToString(), string.Create(CultureInfo.InvariantCulture, $"ratio {value} is greater than max/min = {bound:F6}"));
            }
        }
    }

    private static Quantity? Amount(JsonObject limit, string part, string name) =>
        limit.Sub(part)[name] is JsonString text && Quantity.TryParse(text.Value, out var amount) ? amount : null;
}
