using Proa.Api.Json;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Pipeline;
using Proa.Store;

namespace Proa.ApiServer.Admission.Optional;

/// <summary>Pods get their namespace's node selector, or the cluster's, and may not contradict it.</summary>
/// <param name="selectors">By namespace what its pods' selectors must stay within; under <c>clusterDefaultNodeSelector</c> the cluster's.</param>
internal sealed class PodNodeSelector(IObjectStore store, IReadOnlyDictionary<string, string> selectors) : IAdmissionStep
{
    private const string Annotation = "scheduler.alpha.kubernetes.io/node-selector";
    private const string ClusterDefault = "clusterDefaultNodeSelector";

    public ValueTask<Status?> MutateAsync(AdmissionRequest request, CancellationToken ct) => new(Check(request, merge: true));

    public Status? Validate(AdmissionRequest request) => Check(request, merge: false);

    private Status? Check(AdmissionRequest request, bool merge)
    {
        if (!request.IsCreate || !request.Is("pods"))
        {
            return null;
        }
        if (store.Get(new ObjectKey("namespaces", "", request.Namespace)) is not { } stored)
        {
            return Statuses.NotFound("namespaces", request.Namespace);
        }
        var annotations = JsonTree.ParseObject(stored.Json.Span).Object("metadata")?.Object("annotations");
        if (!TryParse(annotations?.String(Annotation) ?? selectors.GetValueOrDefault(ClusterDefault, ""), out var wanted, out var wrong)
            || !TryParse(selectors.GetValueOrDefault(request.Namespace, ""), out var allowed, out wrong))
        {
            return Statuses.Internal($"invalid selector: {wrong}");
        }
        var spec = request.Object!.EnsureObject("spec");
        var has = spec.Object("nodeSelector");
        foreach (var (key, value) in wanted)
        {
            if (has?.String(key) is { } other && other != value)
            {
                return Statuses.Forbidden("pods", request.Name, "pod node label selector conflicts with its namespace node label selector");
            }
        }
        if (merge && wanted.Count > 0)
        {
            has = spec.EnsureObject("nodeSelector");
            foreach (var (key, value) in wanted)
            {
                has[key] = value;
            }
        }
        foreach (var (key, value) in has ?? [])
        {
            if (allowed.Count > 0 && (!allowed.TryGetValue(key, out var one) || one != (value as JsonString)?.Value))
            {
                return Statuses.Forbidden("pods", request.Name, "pod node label selector labels conflict with its namespace whitelist");
            }
        }
        return null;
    }

    /// <summary><c>key=value,other=value</c></summary>
    private static bool TryParse(string text, out Dictionary<string, string> labels, out string wrong)
    {
        (labels, wrong) = (new(StringComparer.Ordinal), "");
        if (text.Length == 0)
        {
            return true;
        }
        foreach (var part in text.Split(','))
        {
            if (part.Split('=') is not [var key, var value])
            {
                wrong = $"[{string.Join(' ', part.Split('='))}]";
                return false;
            }
            labels[key.Trim()] = value.Trim();
        }
        return true;
    }
}
