using System.Globalization;
using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Aggregation;

internal sealed class ApiServiceStrategy()
    : KindStrategy(new("apiregistration.k8s.io", "v1", "APIService"), new(Namespaced: false, HasStatus: true, CountsGeneration: false))
{
    private const int HighestGroup = 20_000;
    private const int HighestVersion = 1000;

    public override bool AllowsUnconditionalUpdate => false;

    public override void ApplyDefaults(JsonObject obj) => obj.At("spec", "service")?.DefaultUnset("port", 443);

    /// <summary>What is served here is there at once; nobody needs to look.</summary>
    public override void PrepareForCreate(JsonObject obj)
    {
        base.PrepareForCreate(obj);
        if (obj.At("spec", "service") is not null)
        {
            return;
        }
        obj["status"] = new JsonObject
        {
            ["conditions"] = new JsonArray(
            [
                new JsonObject
                {
                    ["type"] = "Available",
                    ["status"] = "True",
                    ["lastTransitionTime"] = obj.Object("metadata")?.String("creationTimestamp") is { } now ? now : JsonNull.Instance,
                    ["reason"] = "Local",
                    ["message"] = "Local APIServices are always available",
                },
            ]),
        };
    }

    /// <summary>The status alone is written: of the metadata only its bookkeeping changes.</summary>
    protected override IReadOnlyList<string> KeptByStatus => WholeMetadata;

    // The name is checked with all else, as it follows from the rest.
    protected override string[] NameForm(string name) => Names.PathSegment(name);

    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        var spec = obj.Sub("spec");
        var (group, version, name) = (spec.Text("group"), spec.Text("version"), obj.Sub("metadata").Text("name"));
        if (name.Length > 0 && Names.PathSegment(name).Length == 0 && name != $"{version}.{group}")
        {
            errors.Invalid("metadata.name", name, $"must be `spec.version+\".\"+spec.group`: \"{version}.{group}\"");
        }
        if (group.Length == 0 && version != "v1")
        {
            errors.Required("spec.group", "only v1 may have an empty group and it better be legacy kube");
        }
        if (group.Length > 0)
        {
            errors.Invalid("spec.group", group, Names.DnsSubdomain(group));
        }
        errors.Invalid("spec.version", version, Names.Dns1035Label(version));
        if (spec.Int("groupPriorityMinimum") is not (> 0 and <= HighestGroup))
        {
            errors.Invalid("spec.groupPriorityMinimum", spec["groupPriorityMinimum"] ?? 0, "must be positive and less than 20000");
        }
        if (spec.Int("versionPriority") is not (> 0 and <= HighestVersion))
        {
            errors.Invalid("spec.versionPriority", spec["versionPriority"] ?? 0, "must be positive and less than 1000");
        }
        CheckServer(spec, errors);
    }

    protected override void CheckStatusUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        var i = 0;
        foreach (var condition in obj.Sub("status").Objects("conditions"))
        {
            if (condition.Text("status") is not ("True" or "False" or "Unknown"))
            {
                errors.NotSupported($"status.conditions[{i}].status", condition.Text("status"), "True", "False", "Unknown");
            }
            i++;
        }
    }

    private static void CheckServer(JsonObject spec, FieldErrors errors)
    {
        var authorities = Length(spec.Text("caBundle"));
        var unverified = spec.Bool("insecureSkipTLSVerify") == true;
        if (spec.Object("service") is not { } service)
        {
            if (authorities > 0)
            {
                errors.Invalid("spec.caBundle", string.Create(CultureInfo.InvariantCulture, $"{authorities} bytes"), "local APIServices may not have a caBundle");
            }
            if (unverified)
            {
                errors.Invalid("spec.insecureSkipTLSVerify", true, "local APIServices may not have insecureSkipTLSVerify");
            }
            return;
        }
        if (service.Text("namespace").Length == 0)
        {
            errors.Required("spec.service.namespace");
        }
        if (service.Text("name").Length == 0)
        {
            errors.Required("spec.service.name");
        }
        if (service.Int("port") is not (>= 1 and <= 65535))
        {
            errors.Invalid("spec.service.port", service["port"] ?? 0, "port is not valid: must be between 1 and 65535, inclusive");
        }
        if (unverified && authorities > 0)
        {
            errors.Invalid("spec.insecureSkipTLSVerify", true, "may not be true if caBundle is present");
        }
    }

    private static int Length(string base64)
    {
        var bytes = new byte[base64.Length];
        return Convert.TryFromBase64String(base64, bytes, out var length) ? length : base64.Length;
    }
}
