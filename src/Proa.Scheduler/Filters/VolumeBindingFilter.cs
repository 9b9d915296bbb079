using Proa.Api.Models.Core;
using Proa.Scheduler.Core;

namespace Proa.Scheduler.Filters;

/// <summary>
/// A pod's claims must exist and be bound, and the volumes must be reachable from the node. Claims that wait for their first
/// consumer are treated like others: nothing here provisions for a chosen node.
/// </summary>
internal sealed class VolumeBindingFilter : IFilter, IPodFilter
{
    public string Name => "VolumeBinding";

    public ClusterChange Helps => ClusterChange.Volumes;

    public string? Refuse(PodInfo pod, ClusterSnapshot cluster)
    {
        var unbound = false;
        foreach (var wanted in pod.Claims)
        {
            var claim = cluster.Claim(pod.Namespace, wanted.Name);
            if (claim is null)
            {
                return wanted.Ephemeral
                    ? $"waiting for ephemeral volume controller to create the persistentvolumeclaim \"{wanted.Name}\""
                    : $"persistentvolumeclaim \"{wanted.Name}\" not found";
            }
            if (claim.Status.Phase == "Lost")
            {
                return $"persistentvolumeclaim \"{wanted.Name}\" bound to non-existent persistentvolume \"{claim.Spec.VolumeName}\"";
            }
            if (claim.Metadata.DeletionTimestamp is not null)
            {
                return $"persistentvolumeclaim \"{wanted.Name}\" is being deleted";
            }
            unbound |= string.IsNullOrEmpty(claim.Spec.VolumeName) || claim.Status.Phase != "Bound";
        }
        return unbound ? "pod has unbound immediate PersistentVolumeClaims" : null;
    }

    public INodeFilter? Prepare(PodInfo pod, ClusterSnapshot cluster) => pod.Claims.Length == 0 ? null : new Reachable(pod, cluster);

    private sealed class Reachable : INodeFilter
    {
        private static readonly Rejection s_missing = new("node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)", resolvable: false);
        private static readonly Rejection s_elsewhere = new("node(s) didn't match PersistentVolume's node affinity", resolvable: false);

        private readonly List<NodeMatcher> _affinities = [];
        private readonly bool _missing;

        public Reachable(PodInfo pod, ClusterSnapshot cluster)
        {
            foreach (var claim in pod.Claims)
            {
                PersistentVolume? volume = null;
                if (cluster.Claim(pod.Namespace, claim.Name)?.Spec.VolumeName is { } name)
                {
                    volume = cluster.Volume(name);
                }
                _missing |= volume is null;
                if (volume?.Spec.NodeAffinity?.Required is { } required)
                {
                    _affinities.Add(NodeMatcher.Of(required));
                }
            }
        }

        public Rejection? Check(NodeInfo node)
        {
            if (_missing)
            {
                return s_missing;
            }
            foreach (var affinity in _affinities)
            {
                if (!affinity.Matches(node))
                {
                    return s_elsewhere;
                }
            }
            return null;
        }
    }
}
