using Proa.Api.Json;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Objects;
using Proa.ApiServer.Pipeline;
using Proa.Store;

namespace Proa.ApiServer.Admission;

/// <summary>Turns a pod's priority class into its number and preemption policy.</summary>
internal sealed class PodPriority(IObjectStore store) : IAdmissionStep
{
    private const string Classes = "priorityclasses.scheduling.k8s.io";

    public ValueTask<Status?> MutateAsync(AdmissionRequest request, CancellationToken ct)
    {
        if (request.Object is null || !request.Is("pods"))
        {
            return default;
        }
        if (!request.IsCreate)
        {
            Keep(request.Object.EnsureObject("spec"), request.Old?.Object("spec"));
            return default;
        }
        var spec = request.Object!.EnsureObject("spec");
        JsonObject? found;
        if (spec.String("priorityClassName") is { Length: > 0 } name)
        {
            if (store.Get(new ObjectKey(Classes, "", name)) is not { } stored)
            {
                return new(Statuses.Forbidden("pods", request.ShownName, $"no PriorityClass with name {name} was found"));
            }
            found = JsonTree.ParseObject(stored.Json.Span);
        }
        else
        {
            found = Default();
            if (found is not null)
            {
                spec["priorityClassName"] = Metadata.Name(found);
            }
        }
        var priority = found?.Int("value") ?? 0;
        if (spec.Int("priority") is { } given && given != priority)
        {
            return new(Statuses.Forbidden("pods", request.ShownName,
                $"the integer value of priority ({given}) must not be provided in pod spec; priority admission controller computed {priority} from the given PriorityClass name"));
        }
        spec["priority"] = priority;
        var policy = found is null ? "PreemptLowerPriority" : found.String("preemptionPolicy");
        if (policy is not null && spec.String("preemptionPolicy") is { } wanted && wanted != policy)
        {
            return new(Statuses.Forbidden("pods", request.ShownName,
                $"the string value of PreemptionPolicy ({wanted}) must not be provided in pod spec; priority admission controller computed {policy} from the given PriorityClass name"));
        }
        if (policy is not null)
        {
            spec["preemptionPolicy"] = policy;
        }
        return default;
    }

    /// <summary>There is at most one class for pods that name none.</summary>
    public Status? Validate(AdmissionRequest request)
    {
        if (!request.Is(Classes) || request.Object?.Bool("globalDefault") != true || Default() is not { } standing
            || (!request.IsCreate && Metadata.Name(standing) == request.Name))
        {
            return null;
        }
        return Statuses.Forbidden(Classes, request.Name, $"PriorityClass {Metadata.Name(standing)} is already marked as default. Only one default can exist");
    }

    /// <summary>An update that leaves out what was computed means to keep it.</summary>
    private static void Keep(JsonObject spec, JsonObject? old)
    {
        spec["priority"] ??= old?["priority"];
        spec["preemptionPolicy"] ??= old?["preemptionPolicy"];
    }

    /// <summary>The class for pods that name none: of several, the one with the lowest value.</summary>
    private JsonObject? Default()
    {
        JsonObject? lowest = null;
        foreach (var item in store.List(Classes, null)!.Items)
        {
            if (item.Json.Span.IndexOf("\"globalDefault\":true"u8) >= 0
                && JsonTree.ParseObject(item.Json.Span) is var candidate && candidate.Bool("globalDefault") == true
                && (lowest is null || candidate.Int("value") < lowest.Int("value")))
            {
                lowest = candidate;
            }
        }
        return lowest;
    }
}
