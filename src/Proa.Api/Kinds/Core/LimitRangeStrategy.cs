using Proa.Api.Json;

namespace Proa.Api.Kinds.Core;

internal sealed class LimitRangeStrategy() : KindStrategy(new("", "v1", "LimitRange"), new(Namespaced: true, HasStatus: false, CountsGeneration: false))
{
    public override bool AllowsCreateOnUpdate => true;

    public override void ApplyDefaults(JsonObject obj)
    {
        foreach (var limit in obj.EnsureObject("spec").Objects("limits"))
        {
            if (limit.Text("type") != "Container")
            {
                continue;
            }
            // default limit: the maximum; default request: the default limit, else the minimum
            Fill(limit, "default", limit.Object("max"));
            Fill(limit, "defaultRequest", limit.Object("default"));
            Fill(limit, "defaultRequest", limit.Object("min"));
        }
    }

    /// <summary>Alone among the kinds, one without a name gets a random one.</summary>
    public override void PrepareForCreate(JsonObject obj)
    {
        base.PrepareForCreate(obj);
        if (obj.EnsureObject("metadata").Text("name").Length == 0)
        {
            obj.EnsureObject("metadata")["name"] = Guid.NewGuid().ToString();
        }
    }

    protected override void Check(JsonObject obj, FieldErrors errors) => LimitRangeRules.Check(obj.Sub("spec"), errors);

    private static void Fill(JsonObject limit, string name, JsonObject? from)
    {
        foreach (var (resource, value) in from ?? new JsonObject())
        {
            limit.EnsureObject(name).DefaultUnset(resource, value);
        }
    }
}
