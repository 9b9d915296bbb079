using Proa.Client.Grpc;
using Proa.Store.Etcd.Rpc;

namespace Proa.Store.Etcd;

/// <summary>
/// Leases by which etcd removes what lives for a while only: Events, and the servers' own masterleases, whose server has died
/// when nobody renewed them. One lease serves many events for a while, as the original's lease manager has it: up to a minute, a twentieth of the
/// lifetime, or a thousand objects. Thread-safe.
/// </summary>
internal sealed class ObjectLeases(EtcdMembers members, EtcdOptions options, TimeProvider time) : IDisposable
{
    private const int MaxObjects = 1000;
    // The original's, and three times what a server waits before it renews it.
    private const int ServerSeconds = 15;
    private static readonly TimeSpan s_maxReuse = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _turn = new(1);
    private long _id;
    private long _granted;
    private int _objects;

    private TimeSpan Reuse => options.EventLifetime / 20 < s_maxReuse ? options.EventLifetime / 20 : s_maxReuse;

    public bool Concern(WriteRequest request) => request.Kind != WriteKind.Delete
        && (IsOfServer(request) || (request.Key.Resource == "events" && options.EventLifetime > TimeSpan.Zero));

    public Task<(long Id, bool Ok, GrpcStatus Status)> GetAsync(WriteRequest request) => IsOfServer(request) ? GrantAsync(ServerSeconds) : SharedAsync();

    private static bool IsOfServer(WriteRequest request) => request.Key.Resource == "masterleases";

    private async Task<(long Id, bool Ok, GrpcStatus Status)> SharedAsync()
    {
        await _turn.WaitAsync();
        try
        {
            if (_id != 0 && ++_objects <= MaxObjects && time.GetElapsedTime(_granted) < Reuse)
            {
                return (_id, true, GrpcStatus.Ok);
            }
            var now = time.GetTimestamp();
            var granted = await GrantAsync((long)Math.Ceiling((options.EventLifetime + Reuse).TotalSeconds));
            if (granted.Ok)
            {
                (_id, _granted, _objects) = (granted.Id, now, 1);
            }
            return granted;
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<(long Id, bool Ok, GrpcStatus Status)> GrantAsync(long seconds)
    {
        var answer = await members.CallAsync(EtcdCalls.LeaseGrant, new LeaseGrantRequest { TTL = seconds }, CancellationToken.None);
        return answer.Ok ? (answer.Value.ID, true, GrpcStatus.Ok) : (0, false, answer.Status);
    }

    /// <summary>etcd does not know it any more.</summary>
    public void Forget(long id) => Interlocked.CompareExchange(ref _id, 0, id);

    public void Dispose() => _turn.Dispose();
}
