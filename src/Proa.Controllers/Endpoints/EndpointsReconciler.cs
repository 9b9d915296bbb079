using Proa.Api.Models;
using Proa.Api.Models.Core;
using Proa.Client;
using Proa.Client.Informers;
using Proa.Client.Queues;
using Proa.Controllers.Common;
using Proa.Controllers.EndpointSlices;
using EndpointsModel = Proa.Api.Models.Core.Endpoints;

namespace Proa.Controllers.Endpoints;

/// <summary>Makes the Endpoints of a service's name say which pods serve it.</summary>
internal sealed class EndpointsReconciler(
    ControllerContext context, IInformer<Service> services, IInformer<Pod> pods, IInformer<EndpointsModel> endpoints)
{
    private const string ManagedBy = "endpoints.kubernetes.io/managed-by";
    private const string Manager = "endpoint-controller";
    private readonly TriggerTimes _triggers = new();

    public async Task<ReconcileResult> ReconcileAsync(NamespacedName key, CancellationToken ct)
    {
        var current = endpoints.Get(key.Namespace, key.Name);
        if (services.Get(key.Namespace, key.Name) is not { } service)
        {
            _triggers.Forget(key);
            // Only what was made here: Endpoints without a service may be a user's, or the API server's own.
            return current?.Metadata.Labels.GetValueOrDefault(ManagedBy) == Manager ? await DeleteAsync(current, ct) : ReconcileResult.Done;
        }
        if (service.Spec.Type == "ExternalName" || service.Spec.Selector.Count == 0)
        {
            return ReconcileResult.Done;
        }
        var selected = pods.List(key.Namespace).Where(pod => ServicePods.Selects(service, pod)).ToList();
        // Also where nothing changes below: the next change's time is the one since this look.
        var trigger = _triggers.Next(key, service, selected);
        var subsets = SubsetBuilder.Build(service, selected);
        var labels = new Dictionary<string, string>(service.Metadata.Labels, StringComparer.Ordinal) { [ManagedBy] = Manager };
        labels.Remove(SlicePlan.Headless);
        if (service.Spec.ClusterIP == "None")
        {
            labels[SlicePlan.Headless] = "";
        }
        if (current is not null && ModelEquals(current.Subsets, subsets) && current.Metadata.Labels.Count == labels.Count
            && Selectors.MatchesAll(labels, current.Metadata.Labels))
        {
            return ReconcileResult.Done;
        }
        var annotations = new Dictionary<string, string>(current?.Metadata.Annotations ?? ModelMap<string>.Empty);
        annotations.Remove(SlicePlan.TriggerTime);
        if (trigger is not null)
        {
            annotations[SlicePlan.TriggerTime] = trigger;
        }
        var metadata = (current?.Metadata ?? new() { Name = key.Name, Namespace = key.Namespace }) with
        {
            Labels = labels,
            Annotations = annotations,
        };
        var desired = (current ?? new()) with { Metadata = metadata, Subsets = subsets };
        var written = current is null ? await context.Client.CreateAsync(desired, ct) : await context.Client.UpdateAsync(desired, ct);
        if (written.Ok || PodControl.IsNamespaceTerminating(written.Error))
        {
            return ReconcileResult.Done;
        }
        _triggers.Undo(key);
        return ReconcileResult.Retry(written.Error);
    }

    private async Task<ReconcileResult> DeleteAsync(EndpointsModel current, CancellationToken ct)
    {
        var deleted = await context.Client.DeleteAsync<EndpointsModel>(
            current.Metadata.Namespace, current.Metadata.Name!, new DeleteRequest(Uid: current.Metadata.Uid), ct);
        return deleted.Ok || deleted.IsNotFound || deleted.IsConflict ? ReconcileResult.Done : ReconcileResult.Retry(deleted.Error);
    }

    private static bool ModelEquals(IReadOnlyList<EndpointSubset> a, IReadOnlyList<EndpointSubset> b) => a.SequenceEqual(b);
}
