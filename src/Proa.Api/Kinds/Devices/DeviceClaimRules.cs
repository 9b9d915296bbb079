using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Devices;

/// <summary>The rules of what a claim asks for.</summary>
internal static class DeviceClaimRules
{
    public const int MostRequests = 32;
    private const int MostConstraints = 32;
    private const int MostChoices = 8;

    public static void Check(JsonObject spec, string path, FieldErrors errors)
    {
        var devices = spec.Sub("devices");
        var names = new RequestNames(devices);
        DeviceLists.Each(devices, "requests", $"{path}.devices.requests", MostRequests, errors, Request, static request => request.Text("name"));
        DeviceLists.Each(devices, "constraints", $"{path}.devices.constraints", MostConstraints, errors, (constraint, at, found) => Constraint(constraint, at, names, found));
        DeviceLists.Each(devices, "config", $"{path}.devices.config", DeviceConfigurations.Most, errors, (config, at, found) =>
        {
            DeviceLists.EachText(config, "requests", $"{at}.requests", MostRequests, found, names.Check);
            DeviceConfigurations.Check(config, at, found);
        });
    }

    public static void Toleration(JsonObject toleration, string at, FieldErrors errors)
    {
        var value = toleration.Text("value");
        if (toleration.Text("key") is { Length: > 0 } key)
        {
            errors.Invalid($"{at}.key", key, Names.QualifiedName(key));
        }
        switch (toleration.Text("operator"))
        {
            case "Exists":
                if (value.Length > 0)
                {
                    errors.Invalid($"{at}.value", value, "must be empty for operator `Exists`");
                }
                break;
            case "Equal":
                errors.Invalid($"{at}.value", value, Names.LabelValue(value));
                break;
            case var other:
                errors.OneOf($"{at}.operator", other, "Equal", "Exists");
                break;
        }
        if (toleration.Text("effect") is { Length: > 0 } effect)
        {
            errors.OneOf($"{at}.effect", effect, "NoExecute", "NoSchedule", "None");
        }
    }

    private static void Request(JsonObject request, string at, FieldErrors errors)
    {
        DeviceNames.Label(request.Text("name"), $"{at}.name", errors);
        var exactly = request.Object("exactly");
        var choices = request.Array("firstAvailable") is { Count: > 0 };
        switch (exactly, choices)
        {
            case (null, false):
                errors.Required(at, "exactly one of `exactly` or `firstAvailable` is required");
                break;
            case (not null, true):
                errors.Invalid(at, JsonNull.Instance, "exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set");
                break;
            case (null, true):
                DeviceLists.Each(request, "firstAvailable", $"{at}.firstAvailable", MostChoices, errors, static (choice, here, found) =>
                {
                    DeviceNames.Label(choice.Text("name"), $"{here}.name", found);
                    Devices(choice, here, found);
                }, static choice => choice.Text("name"));
                break;
            default:
                Devices(exactly!, $"{at}.exactly", errors);
                break;
        }
    }

    private static void Devices(JsonObject asked, string at, FieldErrors errors)
    {
        var className = asked.Text("deviceClassName");
        if (className.Length == 0)
        {
            errors.Required($"{at}.deviceClassName");
        }
        else
        {
            errors.Invalid($"{at}.deviceClassName", className, Names.DnsSubdomain(className));
        }
        DeviceSelectors.Check(asked.Array("selectors"), $"{at}.selectors", errors);
        var count = asked.Int("count") ?? 0;
        switch (asked.Text("allocationMode"))
        {
            case "All" when count != 0:
                errors.Invalid($"{at}.count", count, "must not be specified when allocationMode is 'All'");
                break;
            case "ExactCount" when count <= 0:
                errors.Invalid($"{at}.count", count, "must be greater than zero");
                break;
            case not ("All" or "ExactCount"):
                errors.NotSupported($"{at}.allocationMode", asked["allocationMode"], "All", "ExactCount");
                break;
        }
        DeviceLists.Each(asked, "tolerations", $"{at}.tolerations", -1, errors, Toleration);
    }

    private static void Constraint(JsonObject constraint, string at, RequestNames names, FieldErrors errors)
    {
        DeviceLists.EachText(constraint, "requests", $"{at}.requests", MostRequests, errors, names.Check);
        if (constraint.String("matchAttribute") is { } match)
        {
            DeviceNames.FullyQualified(match, $"{at}.matchAttribute", errors);
        }
        else if (constraint.String("distinctAttribute") is { } distinct)
        {
            DeviceNames.FullyQualified(distinct, $"{at}.distinctAttribute", errors);
        }
        else
        {
            errors.Required(at, "exactly one of \"matchAttribute\" or \"distinctAttribute\" is required, but multiple fields are set");
        }
    }
}
