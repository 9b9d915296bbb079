namespace Proa.Client.Informers;

/// <summary>Receives what a <see cref="Reflector"/> finds, one call at a time.</summary>
public interface IReflectorSink
{
    /// <summary>The whole collection as it stands; what is not in it is gone.</summary>
    void Replace(IReadOnlyList<ReadOnlyMemory<byte>> items);

    /// <summary>One change: added, modified or deleted.</summary>
    /// <returns>The object's resourceVersion, from which a watch may resume; null when it could not be read.</returns>
    string? Apply(WatchKind kind, ReadOnlyMemory<byte> json);
}
