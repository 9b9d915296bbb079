using Proa.Api.Models.Core;
using Proa.Api.Models.Discovery;
using Proa.Api.Models.Meta;
using Proa.Client.Informers;
using Proa.Client.Queues;
using Proa.Controllers.Common;
using Proa.Controllers.EndpointSlices;
using EndpointPort = Proa.Api.Models.Discovery.EndpointPort;
using EndpointsModel = Proa.Api.Models.Core.Endpoints;

namespace Proa.Controllers.EndpointSliceMirroring;

/// <summary>Mirrors Endpoints of a service without a selector into slices, which is what proxies read.</summary>
internal sealed class SliceMirrorReconciler(
    IInformer<Service> services, IInformer<EndpointsModel> endpoints, IInformer<EndpointSlice> slices,
    RecentWrites<EndpointSlice> recent, SliceWriter writer)
{
    private const string SkipMirror = "endpointslice.kubernetes.io/skip-mirror";

    public Task<ReconcileResult> ReconcileAsync(NamespacedName key, CancellationToken ct)
    {
        bool Mine(EndpointSlice slice) => slice.Metadata.Labels.GetValueOrDefault(SlicePlan.ManagedBy) == SliceMirrorController.Manager
            && slice.Metadata.Labels.GetValueOrDefault(SlicePlan.ServiceName) == key.Name && slice.Metadata.Namespace == key.Namespace;
        var existing = recent.Overlay([.. slices.ByIndex(EndpointSliceController.ByService, $"{key.Namespace}/{key.Name}").Where(Mine)], Mine);
        existing.RemoveAll(slice => slice.Metadata.DeletionTimestamp is not null);

        var source = endpoints.Get(key.Namespace, key.Name);
        var mirrored = source is not null && IsMirrored(source) && services.Get(key.Namespace, key.Name) is { Spec.Selector.Count: 0 };
        return writer.ApplyAsync(SlicePlan.Make(Template(key, source), mirrored ? Groups(source!) : [], existing), ct);
    }

    private static bool IsMirrored(EndpointsModel source) =>
        source.Metadata.Labels.GetValueOrDefault(SkipMirror) != "true"
        && !source.Metadata.Annotations.ContainsKey("control-plane.alpha.kubernetes.io/leader");

    private static List<SlicePlan.Group> Groups(EndpointsModel source)
    {
        var groups = new List<SlicePlan.Group>();
        foreach (var subset in source.Subsets)
        {
            var ports = subset.Ports
                .Select(port => new EndpointPort { Name = port.Name ?? "", Port = port.Port, Protocol = port.Protocol ?? "TCP", AppProtocol = port.AppProtocol })
                .ToList();
            foreach (var (address, ready) in subset.Addresses.Select(address => (address, true)).Concat(subset.NotReadyAddresses.Select(address => (address, false))))
            {
                var family = address.Ip.Contains(':') ? "IPv6" : "IPv4";
                var group = groups.Find(group => group.Family == family && group.Ports.SequenceEqual(ports));
                if (group is null)
                {
                    groups.Add(group = new(family, ports, []));
                }
                group.Endpoints.Add(new()
                {
                    Addresses = [address.Ip],
                    Conditions = new() { Ready = ready },
                    Hostname = address.Hostname,
                    NodeName = address.NodeName,
                    TargetRef = address.TargetRef,
                });
            }
        }
        return groups;
    }

    private static ObjectMeta Template(NamespacedName key, EndpointsModel? source)
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in source?.Metadata.Labels ?? Proa.Api.Models.ModelMap<string>.Empty)
        {
            labels[name] = value;
        }
        labels[SlicePlan.ServiceName] = key.Name;
        labels[SlicePlan.ManagedBy] = SliceMirrorController.Manager;
        return new()
        {
            Namespace = key.Namespace,
            GenerateName = key.Name + "-",
            Labels = labels,
            OwnerReferences = source is null ? [] : [Owners.ControllerReference(source)],
        };
    }
}
