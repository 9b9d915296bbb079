using Proa.Scheduler.Core;

namespace Proa.Scheduler.Filters;

/// <summary>A rule that keeps pods from nodes. Stateless; the order of the rules is <see cref="FilterList"/>.</summary>
internal interface IFilter
{
    /// <summary>The name under which the original knows it; users see it in some messages.</summary>
    string Name { get; }

    /// <summary>Besides changed nodes: what can make a pod fit that this rule rejected.</summary>
    ClusterChange Helps { get; }

    /// <summary>Gets ready for one pod: what is the same for all nodes is computed here.</summary>
    /// <returns>Null when the rule has nothing to say to this pod.</returns>
    INodeFilter? Prepare(PodInfo pod, ClusterSnapshot cluster);
}

internal interface INodeFilter
{
    /// <returns>Null when the node will do.</returns>
    Rejection? Check(NodeInfo node);
}

/// <summary>A rule that can refuse a pod wherever it goes.</summary>
internal interface IPodFilter
{
    /// <returns>Null, or why no node will do.</returns>
    string? Refuse(PodInfo pod, ClusterSnapshot cluster);
}

/// <summary>A rule that knows the only nodes that come into question.</summary>
internal interface INarrowingFilter
{
    /// <returns>Null: all.</returns>
    HashSet<string>? Narrow(PodInfo pod);
}
