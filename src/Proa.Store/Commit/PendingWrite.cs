using System.Threading.Tasks.Sources;

namespace Proa.Store.Commit;

/// <summary>A queued write and the caller that waits for it.</summary>
internal sealed class PendingWrite(WriteRequest request) : IValueTaskSource<WriteResult>
{
    private static readonly WriteRequest s_none = new() { Key = default, Kind = WriteKind.Delete };

    /// <summary>Work for the writer's thread between two batches; it is complete when the work is done, or refused.</summary>
    public PendingWrite(Action job)
        : this(s_none) => Job = job;

    public Action? Job { get; }

    // The caller goes on on the thread pool: never on the commit thread.
    private ManualResetValueTaskSourceCore<WriteResult> _core = new() { RunContinuationsAsynchronously = true };

    public WriteRequest Request { get; } = request;

    /// <summary>What the caller is told once the batch is durable.</summary>
    public WriteResult Result { get; set; }

    public ValueTask<WriteResult> Task => new(this, _core.Version);

    public void Complete() => _core.SetResult(Result);

    public void Refuse(string why) => _core.SetResult(new WriteResult(WriteOutcome.Unavailable, null, why));

    public void Fail(Exception error) => _core.SetException(error);

    public WriteResult GetResult(short token) => _core.GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
