using Proa.Api.Json;
using Proa.Api.Kinds.Pods;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Storage;

internal sealed class CsiNodeStrategy() : KindStrategy(new("storage.k8s.io", "v1", "CSINode"), new(Namespaced: false, HasStatus: false, CountsGeneration: false))
{
    public override bool AllowsUnconditionalUpdate => false;

    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var i = 0;
        foreach (var driver in obj.Sub("spec").Objects("drivers"))
        {
            var at = $"spec.drivers[{i++}]";
            CsiDriverNames.Check(driver.Text("name"), $"{at}.name", errors);
            var id = driver.Text("nodeID");
            if (id.Length == 0)
            {
                errors.Required($"{at}.nodeID");
            }
            if (id.Length > 256)
            {
                errors.Invalid($"{at}.nodeID", id, "must be 256 characters or less");
            }
            errors.NonNegative($"{at}.allocatable.count", driver.Sub("allocatable")["count"]);
            if (!names.Add(driver.Text("name")))
            {
                errors.Duplicate($"{at}.name", driver.Text("name"));
            }
            var keys = new HashSet<string>(StringComparer.Ordinal);
            foreach (var item in driver.Array("topologyKeys") ?? [])
            {
                var key = (item as JsonString)?.Value ?? "";
                if (key.Length == 0)
                {
                    errors.Required(at);
                }
                if (!keys.Add(key))
                {
                    errors.Duplicate(at, key);
                }
                errors.Invalid(at, key, Names.QualifiedName(key));
            }
        }
    }

    /// <summary>How many volumes a driver takes may change; all else of it stays while it is there.</summary>
    protected override void CheckUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        Check(obj, errors);
        foreach (var before in old.Sub("spec").Objects("drivers"))
        {
            foreach (var driver in obj.Sub("spec").Objects("drivers").Where(driver => driver.Text("name") == before.Text("name")))
            {
                errors.Immutable("spec.drivers", Shown(driver), Shown(before));
            }
        }
    }

    /// <summary>As the original's internal type prints it.</summary>
    private static JsonObject Shown(JsonObject driver) => new()
    {
        ["Name"] = driver.Text("name"),
        ["NodeID"] = driver.Text("nodeID"),
        ["TopologyKeys"] = driver["topologyKeys"]?.Clone() ?? JsonNull.Instance,
        ["Allocatable"] = JsonNull.Instance,
    };
}
