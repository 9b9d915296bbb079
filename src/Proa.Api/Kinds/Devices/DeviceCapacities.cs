using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Devices;

/// <summary>How much of a device's capacity a request may take, where several may share it.</summary>
internal static class DeviceCapacities
{
    private const int MostValues = 10;

    public static void Check(JsonObject capacity, string at, bool shared, FieldErrors errors)
    {
        if (capacity.Object("requestPolicy") is not { } policy)
        {
            return;
        }
        at += ".requestPolicy";
        if (!shared)
        {
            errors.Forbidden(at, "allowMultipleAllocations must be true");
            return;
        }
        var whole = Of(capacity["value"]) ?? Quantity.Zero;
        var values = (policy.Array("validValues") ?? []).Select(static value => Of(value) ?? Quantity.Zero).ToList();
        var range = policy.Object("validRange");
        if (values.Count > 0 && range is not null)
        {
            errors.Forbidden(at, "exactly one policy can be specified, cannot specify \"validValues\" and \"validRange\" at the same time");
        }
        else if (values.Count > 0)
        {
            if (Of(policy["default"]) is { } usual)
            {
                Values(usual, whole, values, $"{at}.validValues", errors);
            }
            else
            {
                errors.Required($"{at}.default", "required when validValues is defined");
            }
        }
        else if (range is not null)
        {
            if (Of(policy["default"]) is { } usual)
            {
                Range(usual, whole, range, $"{at}.validRange", errors);
            }
            else
            {
                errors.Required($"{at}.default", "required when validRange is defined");
            }
        }
    }

    private static void Values(Quantity usual, Quantity whole, List<Quantity> values, string at, FieldErrors errors)
    {
        for (var i = 0; i + 1 < values.Count; i++)
        {
            if (values[i] > values[i + 1])
            {
                errors.Invalid($"{at}[{i + 1}]", values[i + 1].ToString(), "values must be sorted in ascending order");
            }
        }
        var found = false;
        if (values.Count > MostValues)
        {
            errors.Add(FieldError.TooMany(at, values.Count, MostValues));
        }
        else
        {
            var seen = new HashSet<long>();
            for (var i = 0; i < values.Count; i++)
            {
                if (values[i] > whole)
                {
                    errors.Invalid($"{at}[{i}]", values[i].ToString(), $"option is larger than capacity value: {whole}");
                }
                found |= values[i].Equals(usual);
            }
            for (var i = 0; i < values.Count; i++)
            {
                if (!seen.Add(values[i].Value))
                {
                    errors.Duplicate($"{at}[{i}]", values[i].Value.ToString(System.Globalization.CultureInfo.InvariantCulture));
                }
            }
        }
        if (!found)
        {
            errors.Invalid(at, usual.ToString(), "default value is not valid according to the requestPolicy");
        }
    }

    private static void Range(Quantity usual, Quantity whole, JsonObject range, string at, FieldErrors errors)
    {
        if (Of(range["min"]) is not { } min)
        {
            errors.Required($"{at}.min", "required when validRange is defined");
            return;
        }
        if (min > whole)
        {
            errors.Invalid($"{at}.min", min.ToString(), $"min is larger than capacity value: {whole}");
        }
        if (usual < min)
        {
            errors.Invalid($"{at}.min", usual.ToString(), $"default is less than min: {min}");
        }
        var max = Of(range["max"]);
        if (max is { } most)
        {
            if (min > most)
            {
                errors.Invalid($"{at}.max", min.ToString(), $"min is larger than max: {most}");
            }
            if (most > whole)
            {
                errors.Invalid($"{at}.max", most.ToString(), $"max is larger than capacity value: {whole}");
            }
            if (usual > most)
            {
                errors.Invalid($"{at}.max", usual.ToString(), $"default is more than max: {most}");
            }
        }
        if (Of(range["step"]) is { } step)
        {
            if (min + step > whole)
            {
                errors.Invalid($"{at}.step", step.ToString(), $"one step {min + step} is larger than capacity value: {whole}");
            }
            Step(usual, min, step, $"{at}.step", errors);
            if (max is { } end)
            {
                Step(end, min, step, $"{at}.step", errors);
            }
        }
    }

    private static void Step(Quantity value, Quantity min, Quantity step, string at, FieldErrors errors)
    {
        // A step of nothing fits nowhere; the original fails at it.
        if (step.Value == 0 || (value.Value - min.Value) % step.Value != 0)
        {
            errors.Invalid(at, value.ToString(), $"value is not a multiple of a given step ({step}) from ({min})");
        }
    }

    private static Quantity? Of(JsonValue? value) => value switch
    {
        JsonString text when Quantity.TryParse(text.Value, out var quantity) => quantity,
        JsonNumber number when Quantity.TryParse(number.Text, out var quantity) => quantity,
        _ => null,
    };
}
