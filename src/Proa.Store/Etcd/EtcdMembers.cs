using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Proa.Client;
using Proa.Client.Grpc;
using Proa.Store.Etcd.Rpc;

namespace Proa.Store.Etcd;

/// <summary>
/// The endpoints of one etcd cluster. One of them is used until it fails; then the next one is, after it has said that it
/// belongs to the same cluster. Thread-safe.
/// </summary>
internal sealed partial class EtcdMembers : IDisposable
{
    // A member that has lost its leader refuses calls that carry this, instead of letting them hang.
    private static readonly (string, string) s_needsLeader = ("hasleader", "true");

    private static readonly TimeSpan s_telling = TimeSpan.FromSeconds(10);

    private readonly EtcdOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly EtcdMember[] _members;
    private readonly long _made;
    private TimeSpan _giveUpAfter;
    private int _current;
    private ulong _clusterId;

    public EtcdMembers(EtcdOptions options, TimeProvider time, ILogger logger)
    {
        (_options, _time, _logger) = (options, time, logger);
        (_made, _giveUpAfter) = (time.GetTimestamp(), options.GiveUpAfter > options.OpenWithin ? options.GiveUpAfter : options.OpenWithin);
        var tls = EtcdTls.Of(options, logger);
        _members = [.. options.Endpoints.Select(address => new EtcdMember(address, GrpcClient.To(
            address, new GrpcClientOptions { Tls = tls, Header = s_needsLeader, ConnectTimeout = options.DialTimeout }, time)))];
    }

    /// <summary>Finds out which members answer, and that they belong together; waits until one of them knows a leader.</summary>
    /// <exception cref="StoreOpenException">None does in time, or they are members of different clusters.</exception>
    public async Task ConnectAsync(CancellationToken ct)
    {
        var told = TimeSpan.Zero;
        for (var round = 1; ; round++)
        {
            var answers = await Task.WhenAll(_members.Select(member => StatusOfAsync(member, ct)));
            CheckCluster(answers);
            _current = Math.Max(0, Array.FindIndex(answers, static answer => answer.Ok && answer.Value.Leader != 0));
            if (answers[_current] is { Ok: true, Value.Leader: not 0 })
            {
                for (var i = 0; i < _members.Length; i++)
                {
                    _members[i].IsKnown = answers[i].Ok;
                    if (!answers[i].Ok)
                    {
                        LogUnreachable(_members[i].Address, answers[i].Status.Message);
                    }
                }
                return;
            }
            var why = string.Join("; ", _members.Zip(
                answers, static (member, answer) => $"{member.Address} said: {(answer.Ok ? "it has no leader" : answer.Status.Message)}"));
            var waited = _time.GetElapsedTime(_made);
            if (waited >= _options.OpenWithin || answers.All(static answer => answer.Status.NotTrusted))
            {
                throw new StoreOpenException(
                    "etcd", $"cannot be reached: {why}", "Check the endpoints, that a majority of the members runs, and the certificates.");
            }
            if (round == 1 || waited - told >= s_telling)
            {
                told = waited;
                LogWaiting(why, (int)_options.OpenWithin.TotalSeconds);
                _options.Waiting?.Invoke($"etcd is waited for, {_options.OpenWithin.TotalSeconds:0} s at most: {why}");
            }
            await Task.Delay(Backoff(round), _time, ct);
        }
    }

    /// <summary>From now on calls are given up as soon as requests are, no longer as late as a start.</summary>
    public void Started() => _giveUpAfter = _options.GiveUpAfter;

    public EtcdMember Current => _members[Volatile.Read(ref _current)];

    /// <summary>Calls one member after the other until one answers for the cluster.</summary>
    /// <param name="onAttempt">Told how each attempt but the answered one ended.</param>
    /// <returns>The answer, a refusal that every member would give, or after <see cref="EtcdOptions.GiveUpAfter"/> the last failure.</returns>
    public async Task<GrpcResult<TResponse>> CallAsync<TResponse>(
        EtcdMethod<TResponse> method, IMessage request, CancellationToken ct, Action<GrpcStatus>? onAttempt = null)
        where TResponse : class, IMessage<TResponse>
    {
        var start = _time.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            var member = Current;
            GrpcResult<TResponse> result = await KnowAsync(member, ct) is { } stranger
                ? stranger
                : await member.Client.CallAsync(method.Path, request, method.Parser, _options.RequestTimeout, ct);
            if (result.Ok || !IsOfMember(result.Status))
            {
                return result;
            }
            onAttempt?.Invoke(result.Status);
            Fail(member, result.Status.Message);
            if (_time.GetElapsedTime(start) >= _giveUpAfter)
            {
                return new GrpcStatus(result.Status.Code, $"{member.Address}: {result.Status.Message}");
            }
            if (attempt % _members.Length == 0)
            {
                await Task.Delay(Backoff(attempt / _members.Length), _time, ct);
            }
        }
    }

    /// <summary>The member to follow, once it is known to belong to the cluster; null: it does not say so now.</summary>
    public async Task<EtcdMember?> FollowableAsync(CancellationToken ct)
    {
        var member = Current;
        if (await KnowAsync(member, ct) is not { } stranger)
        {
            return member;
        }
        Fail(member, stranger.Message);
        return null;
    }

    /// <summary>A member failed a call: the next one is used, unless another caller has changed already.</summary>
    public void Fail(EtcdMember member, string why)
    {
        member.IsKnown = false;
        var at = Array.IndexOf(_members, member);
        var next = (at + 1) % _members.Length;
        if (Interlocked.CompareExchange(ref _current, next, at) == at && next != at)
        {
            LogSwitched(member.Address, why, _members[next].Address);
        }
    }

    public static TimeSpan Backoff(int round) => TimeSpan.FromMilliseconds(Math.Min(1000, 50 << Math.Min(round - 1, 5)));

    /// <summary>Asks all of them at once.</summary>
    public Task<EtcdMemberHealth[]> HealthAsync(CancellationToken ct) => Task.WhenAll(_members.Select(async member =>
    {
        var answer = await StatusOfAsync(member, ct);
        return answer.Ok
            ? new EtcdMemberHealth(member.Address, answer.Value.Leader == 0 ? "it has no leader" : null, answer.Value.Leader == answer.Value.Header.MemberId, answer.Value.Version)
            : new EtcdMemberHealth(member.Address, answer.Status.Message, false, "");
    }));

    public void Dispose()
    {
        foreach (var member in _members)
        {
            member.Dispose();
        }
    }

    /// <summary>Whether another member may answer better: it has no leader, is stopping, overloaded or out of reach.</summary>
    private static bool IsOfMember(in GrpcStatus status) => status.Code switch
    {
        GrpcCode.Unavailable or GrpcCode.DeadlineExceeded or GrpcCode.Cancelled or GrpcCode.Internal => true,
        GrpcCode.ResourceExhausted => status.Message.Contains("too many requests", StringComparison.Ordinal),
        GrpcCode.Unknown => !status.Message.StartsWith("etcdserver:", StringComparison.Ordinal)
            || status.Message.Contains("leader", StringComparison.Ordinal) || status.Message.Contains("timed out", StringComparison.Ordinal),
        _ => false,
    };

    /// <returns>Null: it belongs to the cluster.</returns>
    private async ValueTask<GrpcStatus?> KnowAsync(EtcdMember member, CancellationToken ct)
    {
        if (member.IsKnown)
        {
            return null;
        }
        var answer = await StatusOfAsync(member, ct);
        if (!answer.Ok)
        {
            return answer.Status with { NotSent = true };
        }
        if (answer.Value.Header.ClusterId != _clusterId)
        {
            return new GrpcStatus(GrpcCode.Unavailable, "it belongs to another etcd cluster") { NotSent = true };
        }
        if (answer.Value.Leader == 0)
        {
            return new GrpcStatus(GrpcCode.Unavailable, "etcdserver: no leader") { NotSent = true };
        }
        member.IsKnown = true;
        return null;
    }

    /// <exception cref="StoreOpenException">They are members of different clusters.</exception>
    private void CheckCluster(GrpcResult<StatusResponse>[] answers)
    {
        var first = Array.FindIndex(answers, static answer => answer.Ok);
        for (var i = first; i >= 0 && i < answers.Length; i++)
        {
            if (answers[i].Ok && answers[i].Value.Header.ClusterId != answers[first].Value.Header.ClusterId)
            {
                throw new StoreOpenException(
                    _members[i].Address.ToString(), $"belongs to another etcd cluster than {_members[first].Address}", "Give the endpoints of one cluster.");
            }
        }
        _clusterId = first < 0 ? 0 : answers[first].Value.Header.ClusterId;
    }

    private Task<GrpcResult<StatusResponse>> StatusOfAsync(EtcdMember member, CancellationToken ct) =>
        member.Client.CallAsync(EtcdCalls.Status.Path, new StatusRequest(), EtcdCalls.Status.Parser, _options.RequestTimeout, ct);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The etcd member {Address} cannot be reached: {Reason}")]
    private partial void LogUnreachable(Uri address, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "etcd is waited for, {Seconds} s at most: {Why}")]
    private partial void LogWaiting(string why, int seconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The etcd member {Address} failed ({Reason}); {Next} is used now")]
    private partial void LogSwitched(Uri address, string reason, Uri next);
}
