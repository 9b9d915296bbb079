namespace Proa.Network.Proxy;

/// <summary>What becomes of a connection for which there is no backend.</summary>
internal enum Absence : byte
{
    /// <summary>The client is told at once.</summary>
    Refuse,

    /// <summary>There are backends, but on other nodes, and the traffic policy forbids to go there: silence.</summary>
    Drop,
}

/// <summary>One address and port of a Service or a pod, and what stands behind it.</summary>
/// <param name="Backends">Each is chosen as often as any other; the order does not matter but is kept over changes.</param>
/// <param name="AffinitySeconds">0, or how long a client is sent to the same backend after it was last seen.</param>
internal sealed record Frontend(FrontendKey Key, IReadOnlyList<Backend> Backends, int AffinitySeconds = 0, Absence Absence = Absence.Refuse)
{
    /// <summary>
    /// The same frontend with its backends ordered so that those which were there keep their places: then a change of one
    /// backend is a change of one element in the kernel.
    /// </summary>
    public Frontend After(Frontend before)
    {
        var places = new Backend?[Backends.Count];
        var rest = new HashSet<Backend>(Backends);
        for (var i = 0; i < Math.Min(places.Length, before.Backends.Count); i++)
        {
            if (rest.Remove(before.Backends[i]))
            {
                places[i] = before.Backends[i];
            }
        }
        var others = Backends.Where(rest.Contains).GetEnumerator();
        var result = new Backend[places.Length];
        for (var i = 0; i < places.Length; i++)
        {
            result[i] = places[i] ?? (others.MoveNext() ? others.Current : throw new InvalidOperationException("duplicate backends"));
        }
        return this with { Backends = result };
    }
}
