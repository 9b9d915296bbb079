using System.Text;
using Proa.Api.Json;
using Proa.Api.Kinds.Pods;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Devices;

/// <summary>What classes and claims hand to the drivers of devices.</summary>
internal static class DeviceConfigurations
{
    public const int Most = 32;
    private const int MaxParameters = 10 * 1024;

    public static void Check(JsonObject config, string at, FieldErrors errors)
    {
        if (config.Object("opaque") is not { } opaque)
        {
            errors.Required($"{at}.opaque");
            return;
        }
        CsiDriverNames.Check(opaque.Text("driver"), $"{at}.opaque.driver", errors);
        Raw(opaque["parameters"], $"{at}.opaque.parameters", MaxParameters, errors);
    }

    /// <summary>JSON that the API only passes on: any object.</summary>
    public static void Raw(JsonValue? value, string field, int max, FieldErrors errors)
    {
        if (value is null or JsonNull)
        {
            errors.Required(field);
        }
        else if (Encoding.UTF8.GetByteCount(value.ToString()) > max)
        {
            errors.Add(FieldError.TooLong(field, max));
        }
        else if (value is not JsonObject)
        {
            errors.Invalid(field, "<value omitted>", "must be a valid JSON object");
        }
    }
}
