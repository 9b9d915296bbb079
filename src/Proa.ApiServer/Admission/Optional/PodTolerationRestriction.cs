using System.Text;
using System.Text.Json;
using Proa.Api.Json;
using Proa.Api.Kinds.Pods;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Pipeline;
using Proa.Store;

namespace Proa.ApiServer.Admission.Optional;

/// <summary>
/// Pods get their namespace's default tolerations and have none but those that it allows. Both are JSON lists in annotations of
/// the namespace; where it says nothing, the plugin's configuration does.
/// </summary>
internal sealed class PodTolerationRestriction(IObjectStore store, AdmissionSettings settings) : IAdmissionStep
{
    private const string Defaults = "scheduler.alpha.kubernetes.io/defaultTolerations";
    private const string Allowed = "scheduler.alpha.kubernetes.io/tolerationsWhitelist";

    public ValueTask<Status?> MutateAsync(AdmissionRequest request, CancellationToken ct) => new(Mutate(request));

    public Status? Validate(AdmissionRequest request)
    {
        if (!IsConcerned(request) || Tolerations.Of(request.Object!.Object("spec")) is not { Count: > 0 } tolerations)
        {
            return null;
        }
        if (Read(request.Namespace, Allowed, out var found) is { } broken)
        {
            return broken;
        }
        return Tolerations.AreAllowed(tolerations, found ?? settings.AllowedTolerations) ? null : Statuses.Internal(
            $"pod tolerations (possibly merged with namespace default tolerations) conflict with its {(found is null ? "cluster" : "namespace")} whitelist");
    }

    private Status? Mutate(AdmissionRequest request)
    {
        if (!IsConcerned(request))
        {
            return null;
        }
        var spec = request.Object!.EnsureObject("spec");
        var more = new List<JsonObject>();
        if (request.IsCreate)
        {
            if (Read(request.Namespace, Defaults, out var found) is { } broken)
            {
                return broken;
            }
            more.AddRange(found ?? settings.DefaultTolerations);
        }
        if (QualityOfService.Of(spec) != "BestEffort")
        {
            more.Add(new() { ["key"] = "node.kubernetes.io/memory-pressure", ["operator"] = "Exists", ["effect"] = "NoSchedule" });
        }
        if (more.Count > 0)
        {
            spec["tolerations"] = Tolerations.Merge(Tolerations.Of(spec), more);
        }
        return Validate(request);
    }

    private static bool IsConcerned(AdmissionRequest request) => request.Object is not null && request.Is("pods") && request.Operation != AdmissionOperation.Delete;

    /// <param name="tolerations">Null: the namespace says nothing.</param>
    private Status? Read(string ns, string annotation, out IReadOnlyList<JsonObject>? tolerations)
    {
        tolerations = null;
        if (store.Get(new ObjectKey("namespaces", "", ns)) is not { } stored)
        {
            return Statuses.NotFound("namespaces", ns);
        }
        if (JsonTree.ParseObject(stored.Json.Span).Object("metadata")?.Object("annotations")?.String(annotation) is not { } text)
        {
            return null;
        }
        try
        {
            tolerations = text.Length == 0 ? [] : [.. ((JsonTree.Parse(Encoding.UTF8.GetBytes(text)) as JsonArray) ?? throw new JsonException("it is no list")).OfType<JsonObject>()];
            return null;
        }
        catch (JsonException e)
        {
            return Statuses.Internal(e.Message);
        }
    }
}
