using Proa.Api.Json;
using Proa.Api.Kinds.Pods;
using Proa.Api.Models.Meta;

namespace Proa.ApiServer.Admission.Optional;

/// <summary>A pod that asks for devices tolerates the taint that keeps others off their nodes: ExtendedResourceToleration.</summary>
internal sealed class ExtendedResourceTolerations : IAdmissionStep
{
    public ValueTask<Status?> MutateAsync(AdmissionRequest request, CancellationToken ct)
    {
        if (request.Object is not { } pod || !request.Is("pods"))
        {
            return default;
        }
        var spec = pod.EnsureObject("spec");
        var names = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var list in (ReadOnlySpan<string>)["containers", "initContainers"])
        {
            foreach (var item in spec.Array(list) ?? [])
            {
                foreach (var name in (item as JsonObject)?.Object("resources")?.Object("requests")?.Keys ?? [])
                {
                    if (ResourceNames.IsExtended(name))
                    {
                        names.Add(name);
                    }
                }
            }
        }
        foreach (var name in names)
        {
            Tolerations.AddOrReplace(spec, new() { ["key"] = name, ["operator"] = "Exists", ["effect"] = "NoSchedule" });
        }
        return default;
    }
}
