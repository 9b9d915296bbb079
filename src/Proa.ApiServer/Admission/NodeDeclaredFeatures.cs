using Proa.Api.Json;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Pipeline;
using Proa.Store;

namespace Proa.ApiServer.Admission;

/// <summary>A change of a bound pod that needs a feature of its node is refused where the node does not declare it.</summary>
internal sealed class NodeDeclaredFeatures(IObjectStore store) : IAdmissionStep
{
    public Status? Validate(AdmissionRequest request)
    {
        if (request.Operation != AdmissionOperation.Update || request.Type.Collection != "pods" || request.Subresource is not ("" or "resize")
            || request is not { Object: { } pod, Old: { } old } || pod.Object("spec") is not { } now || old.Object("spec") is not { } before
            || now.String("nodeName") is not { Length: > 0 } name
            || pod.Object("metadata")?.Int("generation") == old.Object("metadata")?.Int("generation"))
        {
            return null;
        }
        var needed = new List<string>();
        if (!Same(before["resources"], now["resources"]))
        {
            needed.Add("InPlacePodLevelResourcesVerticalScaling");
        }
        if (ChangesInit(before, now))
        {
            needed.Add("InPlacePodVerticalScalingInitContainers");
        }
        if (needed.Count == 0)
        {
            return null;
        }
        if (store.Get(new ObjectKey("nodes", "", name)) is not { } node)
        {
            return Statuses.Forbidden("pods", request.Name, $"node \"{name}\" not found");
        }
        var declared = JsonTree.ParseObject(node.Json.Span).Object("status")?.Array("declaredFeatures") ?? [];
        needed.RemoveAll(feature => declared.Any(item => item is JsonString text && text.Value == feature));
        return needed.Count == 0
            ? null
            : Statuses.Forbidden("pods", request.Name, $"pod update requires features {string.Join(", ", needed)} which are not available on node \"{name}\"");
    }

    private static bool ChangesInit(JsonObject before, JsonObject now)
    {
        var containers = now.Array("initContainers") ?? [];
        var i = 0;
        foreach (var container in (before.Array("initContainers") ?? []).OfType<JsonObject>())
        {
            if (container.String("restartPolicy") != "Always" && i < containers.Count && containers[i] is JsonObject changed
                && !Same(container["resources"], changed["resources"]))
            {
                return true;
            }
            i++;
        }
        return false;
    }

    private static bool Same(JsonValue? a, JsonValue? b) => IsEmpty(a) ? IsEmpty(b) : a!.DeepEquals(b);

    private static bool IsEmpty(JsonValue? value) => value is null or JsonNull or JsonObject { Count: 0 };
}
