using Proa.Api.Json;
using Proa.Api.Meta;
using Proa.Api.Models.Meta;
using Proa.Api.Quota;
using Proa.ApiServer.Pipeline;
using Proa.Store;

namespace Proa.ApiServer.Admission;

/// <summary>What a pod's runtime class costs, and where it can run, becomes part of the pod.</summary>
internal sealed class RuntimeClasses(IObjectStore store) : IAdmissionStep
{
    private const string Mismatch = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead";

    public ValueTask<Status?> MutateAsync(AdmissionRequest request, CancellationToken ct)
    {
        if (!request.IsCreate || !request.Is("pods"))
        {
            return default;
        }
        var spec = request.Object!.EnsureObject("spec");
        if (spec.String("runtimeClassName") is { } asked && Names.Unusable(asked) is { } unusable)
        {
            return new(Statuses.Internal(unusable));
        }
        var (runtime, missing) = Find(spec);
        if (missing is not null)
        {
            return new(Forbidden(request, missing));
        }
        if (runtime?.Object("overhead")?.Object("podFixed") is { } overhead)
        {
            if (spec.Given("overhead") is JsonObject given && !Same(given, overhead))
            {
                return new(Forbidden(request, Mismatch));
            }
            spec["overhead"] = overhead.Clone();
        }
        return runtime?.Object("scheduling") is { } scheduling && Schedule(spec, scheduling) is { } conflict ? new(Forbidden(request, conflict)) : default;
    }

    public Status? Validate(AdmissionRequest request)
    {
        if (!request.IsCreate || !request.Is("pods"))
        {
            return null;
        }
        var spec = request.Object!.EnsureObject("spec");
        var (runtime, missing) = Find(spec);
        if (missing is not null)
        {
            return Forbidden(request, missing);
        }
        if (runtime?.Object("overhead") is { } overhead)
        {
            return Same(overhead.Object("podFixed"), spec.Object("overhead")) ? null : Forbidden(request, Mismatch);
        }
        return spec.IsGiven("overhead") ? Forbidden(request, "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead") : null;
    }

    private (JsonObject? Class, string? Missing) Find(JsonObject spec)
    {
        if (spec.String("runtimeClassName") is not { } name)
        {
            return default;
        }
        return store.Get(new ObjectKey("runtimeclasses.node.k8s.io", "", name)) is { } stored
            ? (JsonTree.ParseObject(stored.Json.Span), null)
            : (null, $"pod rejected: RuntimeClass \"{name}\" not found");
    }

    private static string? Schedule(JsonObject spec, JsonObject scheduling)
    {
        foreach (var (key, value) in scheduling.Object("nodeSelector") ?? [])
        {
            var wanted = (value as JsonString)?.Value;
            if (spec.Object("nodeSelector")?.String(key) is { } given && given != wanted)
            {
                return $"conflict: runtimeClass.scheduling.nodeSelector[{key}] = {wanted}; pod.spec.nodeSelector[{key}] = {given}";
            }
            spec.EnsureObject("nodeSelector")[key] = value.Clone();
        }
        var tolerations = spec.Array("tolerations") ?? [];
        foreach (var item in scheduling.Array("tolerations") ?? [])
        {
            if (!tolerations.Any(item.DeepEquals))
            {
                tolerations.Add(item.Clone());
            }
        }
        if (tolerations.Count > 0)
        {
            spec["tolerations"] = tolerations;
        }
        return null;
    }

    private static bool Same(JsonObject? a, JsonObject? b) => ResourceList.Of(a).Same(ResourceList.Of(b));

    private static Status Forbidden(AdmissionRequest request, string message) => Statuses.Forbidden("pods", request.ShownName, message);
}
