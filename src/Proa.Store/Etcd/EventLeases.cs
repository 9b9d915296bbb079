using Proa.Client.Grpc;
using Proa.Store.Etcd.Rpc;

namespace Proa.Store.Etcd;

/// <summary>
/// Leases by which etcd removes Events when their time is over. One lease serves many events for a while, as the original's
/// lease manager has it: up to a minute, a twentieth of the lifetime, or a thousand objects. Thread-safe.
/// </summary>
internal sealed class EventLeases(EtcdMembers members, EtcdOptions options, TimeProvider time) : IDisposable
{
    private const int MaxObjects = 1000;
    private static readonly TimeSpan s_maxReuse = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _turn = new(1);
    private long _id;
    private long _granted;
    private int _objects;

    private TimeSpan Reuse => options.EventLifetime / 20 < s_maxReuse ? options.EventLifetime / 20 : s_maxReuse;

    public bool Concern(WriteRequest request) =>
        request.Key.Resource == "events" && request.Kind != WriteKind.Delete && options.EventLifetime > TimeSpan.Zero;

    public async Task<(long Id, bool Ok, GrpcStatus Status)> GetAsync()
    {
        await _turn.WaitAsync();
        try
        {
            if (_id != 0 && ++_objects <= MaxObjects && time.GetElapsedTime(_granted) < Reuse)
            {
                return (_id, true, GrpcStatus.Ok);
            }
            var now = time.GetTimestamp();
            var seconds = (long)Math.Ceiling((options.EventLifetime + Reuse).TotalSeconds);
            var answer = await members.CallAsync(EtcdCalls.LeaseGrant, new LeaseGrantRequest { TTL = seconds }, CancellationToken.None);
            if (!answer.Ok)
            {
                return (0, false, answer.Status);
            }
            (_id, _granted, _objects) = (answer.Value.ID, now, 1);
            return (_id, true, GrpcStatus.Ok);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>etcd does not know it any more.</summary>
    public void Forget(long id) => Interlocked.CompareExchange(ref _id, 0, id);

    public void Dispose() => _turn.Dispose();
}
