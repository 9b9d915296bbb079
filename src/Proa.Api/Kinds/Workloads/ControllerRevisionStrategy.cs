using Proa.Api.Json;

namespace Proa.Api.Kinds.Workloads;

internal sealed class ControllerRevisionStrategy()
    : KindStrategy(new("apps", "v1", "ControllerRevision"), new(Namespaced: true, HasStatus: false, CountsGeneration: false))
{
    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        errors.NonNegative("revision", obj["revision"]);
        switch (obj["data"])
        {
            case null or JsonNull:
                errors.Required("data", "data is mandatory");
                break;
            case not JsonObject:
                errors.Required("data", "data must be a valid JSON object");
                break;
        }
    }

    protected override void CheckUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        errors.NonNegative("revision", obj["revision"]);
        errors.Immutable("data", obj["data"], old["data"]);
    }
}
