using Proa.Scheduler.Core;

namespace Proa.Scheduler.Filters;

/// <summary>
/// Required affinity and anti-affinity between pods: the pod's own, and the anti-affinity of those that run already.
/// https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#inter-pod-affinity-and-anti-affinity
/// </summary>
internal sealed class InterPodAffinityFilter : IFilter
{
    public string Name => "InterPodAffinity";

    public ClusterChange Helps => ClusterChange.PodGone | ClusterChange.PodPlaced | ClusterChange.Namespaces;

    public INodeFilter? Prepare(PodInfo pod, ClusterSnapshot cluster)
    {
        if (pod.RequiredAffinity.Length + pod.RequiredAntiAffinity.Length + cluster.PodsWithRequiredAntiAffinity == 0)
        {
            return null;
        }
        var affinity = new Affinity(pod, cluster);
        return affinity.HasNothingToSay ? null : affinity;
    }

    private sealed class Affinity : INodeFilter
    {
        private static readonly Rejection s_affinity = new("node(s) didn't match pod affinity rules", resolvable: false);
        private static readonly Rejection s_antiAffinity = new("node(s) didn't match pod anti-affinity rules", resolvable: true);
        private static readonly Rejection s_existing = new("node(s) didn't satisfy existing pods anti-affinity rules", resolvable: true);

        private readonly PodInfo _pod;

        // Topology domains (key, value) in which there are pods that matter.
        private readonly HashSet<(string Key, string Value)> _wanted = [];
        private readonly HashSet<(string Key, string Value)> _shunned = [];
        private readonly HashSet<(string Key, string Value)> _shunning = [];
        private readonly bool _firstOfItsKind;

        public Affinity(PodInfo pod, ClusterSnapshot cluster)
        {
            _pod = pod;
            var looksAround = pod.RequiredAffinity.Length + pod.RequiredAntiAffinity.Length > 0;
            foreach (var node in cluster.Nodes)
            {
                foreach (var other in node.PodsWithRequiredAntiAffinity)
                {
                    AddMatching(_shunning, other.RequiredAntiAffinity, pod, node, cluster);
                }
                foreach (var other in looksAround ? node.Pods : [])
                {
                    AddMatching(_shunned, pod.RequiredAntiAffinity, other, node, cluster);
                    if (MatchesAll(pod.RequiredAffinity, other, cluster))
                    {
                        AddAll(_wanted, pod.RequiredAffinity, node);
                    }
                }
            }
            _firstOfItsKind = _wanted.Count == 0 && MatchesAll(pod.RequiredAffinity, pod, cluster);
        }

        public bool HasNothingToSay => _shunning.Count == 0 && _pod.RequiredAffinity.Length + _pod.RequiredAntiAffinity.Length == 0;

        public Rejection? Check(NodeInfo node)
        {
            if (!HasWanted(node))
            {
                return s_affinity;
            }
            foreach (var term in _pod.RequiredAntiAffinity)
            {
                if (node.Labels.TryGetValue(term.TopologyKey, out var value) && _shunned.Contains((term.TopologyKey, value)))
                {
                    return s_antiAffinity;
                }
            }
            if (_shunning.Count > 0)
            {
                foreach (var (key, value) in node.Labels)
                {
                    if (_shunning.Contains((key, value)))
                    {
                        return s_existing;
                    }
                }
            }
            return null;
        }

        private static void AddMatching(
            HashSet<(string Key, string Value)> domains, AffinityTerm[] terms, PodInfo pod, NodeInfo node, ClusterSnapshot cluster)
        {
            foreach (var term in terms)
            {
                if (node.Labels.TryGetValue(term.TopologyKey, out var value) && term.Matches(pod, cluster))
                {
                    domains.Add((term.TopologyKey, value));
                }
            }
        }

        private static void AddAll(HashSet<(string Key, string Value)> domains, AffinityTerm[] terms, NodeInfo node)
        {
            foreach (var term in terms)
            {
                if (node.Labels.TryGetValue(term.TopologyKey, out var value))
                {
                    domains.Add((term.TopologyKey, value));
                }
            }
        }

        private static bool MatchesAll(AffinityTerm[] terms, PodInfo pod, ClusterSnapshot cluster)
        {
            foreach (var term in terms)
            {
                if (!term.Matches(pod, cluster))
                {
                    return false;
                }
            }
            return terms.Length > 0;
        }

        private bool HasWanted(NodeInfo node)
        {
            var there = true;
            foreach (var term in _pod.RequiredAffinity)
            {
                if (!node.Labels.TryGetValue(term.TopologyKey, out var value))
                {
                    return false;
                }
                there &= _wanted.Contains((term.TopologyKey, value));
            }
            // A group whose pods want to be together must begin somewhere.
            return there || _firstOfItsKind;
        }
    }
}
