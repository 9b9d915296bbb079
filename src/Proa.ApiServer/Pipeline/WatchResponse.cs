using Proa.Client;

namespace Proa.ApiServer.Pipeline;

/// <summary>A stream of changes; its reader disposes it.</summary>
internal sealed class WatchResponse(IWatchSource source) : ApiResponse(200)
{
    public IWatchSource Source { get; } = source;

    /// <summary>Events go in protobuf's frames, not in lines.</summary>
    public bool InProtobuf { get; init; }
}

/// <summary>Where a watch's events come from. For one reader.</summary>
internal interface IWatchSource : IDisposable
{
    /// <summary>Takes an event that is there already.</summary>
    bool TryNext(out WatchItem item);

    /// <summary>Waits until there may be one; false: the watch is over.</summary>
    ValueTask<bool> WaitAsync(CancellationToken ct);
}
