namespace Proa.Client.Events;

/// <param name="Component">Who reports, such as <c>kubelet</c> or <c>deployment-controller</c>.</param>
/// <param name="Host">The node, for reporters that sit on one; otherwise null.</param>
public sealed record EventRecorderOptions(string Component, string? Host = null)
{
    public EventStyle Style { get; init; } = EventStyle.Counted;
}

/// <summary>Which of the two forms of Events a component writes, as its counterpart in the original does.</summary>
public enum EventStyle
{
    /// <summary>core/v1: a source, a count, first and last time.</summary>
    Counted,

    /// <summary>events.k8s.io/v1: a reporting component, an action, a precise time, and a series when it happens again.</summary>
    Series,
}
