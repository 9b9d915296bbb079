using Proa.Api.Models;
using Proa.Api.Models.Core;
using Proa.Api.Models.Discovery;
using Proa.Api.Models.Meta;
using Proa.Client;
using Proa.Client.Informers;
using Proa.Client.Queues;
using Proa.Controllers.Common;
using EndpointPort = Proa.Api.Models.Discovery.EndpointPort;

namespace Proa.Controllers.EndpointSlices;

/// <summary>Makes the slices of a service say which pods serve it.</summary>
internal sealed class EndpointSliceReconciler(
    ControllerContext context, IInformer<Service> services, IInformer<Pod> pods, IInformer<Node> nodes, IInformer<EndpointSlice> slices,
    RecentWrites<EndpointSlice> recent)
{
    private readonly SliceWriter _writer = new(context.Client, recent);
    private readonly TriggerTimes _triggers = new();

    public async Task<ReconcileResult> ReconcileAsync(NamespacedName key, CancellationToken ct)
    {
        if (services.Get(key.Namespace, key.Name) is not { } service || service.Metadata.DeletionTimestamp is not null)
        {
            // The slices go with their owner.
            _triggers.Forget(key);
            return ReconcileResult.Done;
        }
        if (service.Spec.Type == "ExternalName" || service.Spec.Selector.Count == 0)
        {
            return ReconcileResult.Done;
        }
        bool Mine(EndpointSlice slice) => slice.Metadata.Labels.GetValueOrDefault(SlicePlan.ManagedBy) == EndpointSliceController.Manager
            && slice.Metadata.Labels.GetValueOrDefault(SlicePlan.ServiceName) == key.Name && slice.Metadata.Namespace == key.Namespace;
        var existing = recent.Overlay([.. slices.ByIndex(EndpointSliceController.ByService, $"{key.Namespace}/{key.Name}").Where(Mine)], Mine);
        existing.RemoveAll(slice => slice.Metadata.DeletionTimestamp is not null);

        var selected = pods.List(key.Namespace).Where(pod => ServicePods.Selects(service, pod)).ToList();
        var trigger = _triggers.Next(key, service, selected);
        var plan = SlicePlan.Make(Template(service, trigger), Groups(service, selected), existing);
        var result = await _writer.ApplyAsync(plan, ct);
        if (result != ReconcileResult.Done)
        {
            _triggers.Undo(key);
        }
        return result;
    }

    private List<SlicePlan.Group> Groups(Service service, List<Pod> selected)
    {
        var groups = new List<SlicePlan.Group>();
        foreach (var family in Families(service))
        {
            var first = groups.Count;
            foreach (var pod in selected)
            {
                if (!EndpointBuilder.IsEndpoint(pod))
                {
                    continue;
                }
                var addresses = EndpointBuilder.Addresses(pod, family);
                if (addresses.Count == 0)
                {
                    continue;
                }
                var ports = Ports(service, pod);
                var group = groups.Find(group => group.Family == family && group.Ports.SequenceEqual(ports));
                if (group is null)
                {
                    groups.Add(group = new(family, ports, []));
                }
                var node = string.IsNullOrEmpty(pod.Spec.NodeName) ? null : nodes.Get(null, pod.Spec.NodeName);
                group.Endpoints.Add(EndpointBuilder.Build(service, pod, node, addresses));
            }
            if (groups.Count == first)
            {
                groups.Add(new(family, [], []));
            }
        }
        return groups;
    }

    private static IReadOnlyList<string> Families(Service service) => service.Spec.IpFamilies.Count > 0
        ? service.Spec.IpFamilies
        : [service.Spec.ClusterIP?.Contains(':') == true ? "IPv6" : "IPv4"];

    private static List<EndpointPort> Ports(Service service, Pod pod) =>
        [.. EndpointPorts.On(service, pod).Select(found => new EndpointPort
        {
            // The empty name is said: a nameless port is a port.
            Name = found.Port.Name ?? "",
            Protocol = found.Port.Protocol ?? "TCP",
            Port = found.Number,
            AppProtocol = found.Port.AppProtocol,
        })];

    private static ObjectMeta Template(Service service, string? trigger)
    {
        var labels = new Dictionary<string, string>(service.Metadata.Labels, StringComparer.Ordinal)
        {
            [SlicePlan.ServiceName] = service.Metadata.Name!,
            [SlicePlan.ManagedBy] = EndpointSliceController.Manager,
        };
        labels.Remove(SlicePlan.Headless);
        if (service.Spec.ClusterIP == "None")
        {
            labels[SlicePlan.Headless] = "";
        }
        return new()
        {
            Namespace = service.Metadata.Namespace,
            GenerateName = service.Metadata.Name + "-",
            Labels = labels,
            Annotations = trigger is null ? ModelMap<string>.Empty : new Dictionary<string, string> { [SlicePlan.TriggerTime] = trigger },
            OwnerReferences = [Owners.ControllerReference(service)],
        };
    }
}
