using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Proa.Api.Meta;
using Proa.Api.Models;
using Proa.Api.Models.Core;
using Proa.Api.Models.Policy;
using Proa.Client;
using Proa.Client.Events;
using Proa.Client.Informers;
using Proa.Scheduler.Core;
using Proa.Scheduler.Preemption;
using Proa.Scheduler.Queue;

namespace Proa.Scheduler;

/// <summary>
/// The scheduler: feeds the pure core with what the informers tell, and binds the pods that it places. All state belongs to
/// one loop; informers, bindings and the clock speak to it through a channel.
/// </summary>
public sealed partial class SchedulerLoop
{
    private const int LongestNote = 1024;

    private readonly IClusterClient _client;
    private readonly IInformerFactory _informers;
    private readonly SchedulerOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly EventRecorder _events;
    private readonly ClusterCache _cache = new();
    private readonly SchedulingQueue _queue;
    private readonly SchedulingCore _core;
    private readonly Preemptor _preemptor;
    private readonly Channel<Action> _inputs = Channel.CreateUnbounded<Action>(new UnboundedChannelOptions { SingleReader = true });
    private readonly SemaphoreSlim _calls;

    public SchedulerLoop(IClusterClient client, IInformerFactory informers, SchedulerOptions options, TimeProvider time, ILogger logger)
    {
        _client = client;
        _informers = informers;
        _options = options;
        _time = time;
        _logger = logger;
        _events = new EventRecorder(client, new EventRecorderOptions(options.SchedulerName) { Style = EventStyle.Series }, time, logger);
        _queue = new SchedulingQueue(time);
        _core = new SchedulingCore(options.Random ?? new Random());
        _preemptor = new Preemptor(client, _events, options.SchedulerName, time);
        _calls = new SemaphoreSlim(options.ConcurrentCalls);
    }

    /// <summary>Schedules until the token is cancelled.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var events = _events.RunAsync(stop.Token);
        try
        {
            await ScheduleAsync(stop.Token);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The end.
        }
        finally
        {
            await stop.CancelAsync();
            await events;
        }
    }

    private async Task ScheduleAsync(CancellationToken ct)
    {
        var nodes = _informers.Get<Node>();
        var pods = _informers.Get<Pod>();
        var namespaces = _informers.Get<Namespace>();
        var claims = _informers.Get<PersistentVolumeClaim>();
        var volumes = _informers.Get<PersistentVolume>();
        var budgets = _informers.Get<PodDisruptionBudget>();
        using var ofNodes = Follow(nodes, OnNode);
        using var ofPods = Follow(pods, OnPod);
        using var ofNamespaces = Follow(namespaces, OnNamespace);
        using var ofClaims = Follow(claims, OnClaim);
        using var ofVolumes = Follow(volumes, OnVolume);
        using var ofBudgets = Follow(budgets, OnBudget);
        // A decision made before everything is known could put too much on a node.
        await Task.WhenAll(
            nodes.SyncedAsync(ct), pods.SyncedAsync(ct), namespaces.SyncedAsync(ct), claims.SyncedAsync(ct), volumes.SyncedAsync(ct), budgets.SyncedAsync(ct));
        LogStarted();
        await using var timer = _time.CreateTimer(_ => _inputs.Writer.TryWrite(static () => { }), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        while (true)
        {
            while (_inputs.Reader.TryRead(out var input))
            {
                input();
            }
            if (_queue.TryTake(out var pod))
            {
                await TryScheduleAsync(pod, ct);
                continue;
            }
            if (_queue.NextDue() is { } due)
            {
                var wait = due - _time.GetUtcNow();
                timer.Change(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
            }
            await _inputs.Reader.WaitToReadAsync(ct);
        }
    }

    private IDisposable Follow<T>(IInformer<T> informer, Action<T?, T?> handler) where T : class, IResource<T> =>
        informer.Subscribe(change => _inputs.Writer.TryWrite(() => handler(change.Old, change.New)));

    private void OnNode(Node? old, Node? now)
    {
        if (now is null)
        {
            _cache.RemoveNode(old!.Metadata.Name!);
            // The domains that others are spread over have changed.
            _queue.Changed(ClusterChange.PodGone);
            return;
        }
        // A node says that it lives every few seconds; that changes nothing here.
        if (old is null || MattersFor(old, now))
        {
            _cache.SetNode(now);
            _queue.Changed(ClusterChange.Nodes);
        }
    }

    private static bool MattersFor(Node old, Node now) =>
        !old.Spec.Equals(now.Spec)
        || !Maps.Same(old.Metadata.Labels, now.Metadata.Labels)
        || !Maps.Same(old.Status.Allocatable, now.Status.Allocatable);

    private void OnPod(Pod? old, Pod? now)
    {
        if (now is null)
        {
            Forget(old!);
            return;
        }
        // The same name, another pod: the deletion of the first was not seen.
        if (old is not null && old.Metadata.Uid != now.Metadata.Uid)
        {
            Forget(old);
            old = null;
        }
        var uid = now.Metadata.Uid ?? "";
        if (now.Status.Phase is "Succeeded" or "Failed")
        {
            Forget(now);
        }
        else if (!string.IsNullOrEmpty(now.Spec.NodeName))
        {
            _queue.Remove(uid);
            _cache.Snapshot.Promises.Remove(uid);
            if (old is null || !_cache.IsPlaced(uid) || SchedulingDiffers(old, now))
            {
                _cache.Place(PodInfo.Of(now), now.Spec.NodeName);
                _queue.Changed(ClusterChange.PodPlaced | (now.Metadata.DeletionTimestamp is null ? ClusterChange.None : ClusterChange.PodGone));
            }
        }
        else if (now.Metadata.DeletionTimestamp is not null || now.Spec.SchedulingGates.Count > 0 || SchedulerOf(now) != _options.SchedulerName)
        {
            _queue.Remove(uid);
            _cache.Snapshot.Promises.Remove(uid);
        }
        else if (!_cache.IsPlaced(uid))
        {
            OnWaitingPod(old, now);
        }
    }

    private void OnWaitingPod(Pod? old, Pod now)
    {
        var info = PodInfo.Of(now);
        var lostPromise = TakePromise(old, info);
        if (old is null || !_queue.Contains(info.Uid) || lostPromise || SchedulingDiffers(old, now))
        {
            _queue.Set(info);
        }
        else
        {
            _queue.Refresh(info);
        }
    }

    private static string SchedulerOf(Pod pod) => string.IsNullOrEmpty(pod.Spec.SchedulerName) ? "default-scheduler" : pod.Spec.SchedulerName;

    private static bool SchedulingDiffers(Pod old, Pod now) =>
        old.Spec.NodeName != now.Spec.NodeName
        || old.Metadata.DeletionTimestamp != now.Metadata.DeletionTimestamp
        || !Maps.Same(old.Metadata.Labels, now.Metadata.Labels)
        || (old.Metadata.Generation != now.Metadata.Generation && !old.Spec.Equals(now.Spec));

    private void Forget(Pod pod)
    {
        var uid = pod.Metadata.Uid ?? "";
        _queue.Remove(uid);
        _cache.Snapshot.SetEvicted(uid, false);
        if (_cache.Remove(uid) | _cache.Snapshot.Promises.Remove(uid))
        {
            _queue.Changed(ClusterChange.PodGone);
        }
    }

    private void OnNamespace(Namespace? old, Namespace? now)
    {
        _cache.Snapshot.SetNamespace((now ?? old!).Metadata.Name!, now?.Metadata.Labels);
        if (old is not null && now is not null && !Maps.Same(old.Metadata.Labels, now.Metadata.Labels))
        {
            _queue.Changed(ClusterChange.Namespaces);
        }
    }

    private void OnClaim(PersistentVolumeClaim? old, PersistentVolumeClaim? now)
    {
        var metadata = (now ?? old!).Metadata;
        _cache.Snapshot.SetClaim(metadata.Namespace!, metadata.Name!, now);
        _queue.Changed(ClusterChange.Volumes);
    }

    private void OnVolume(PersistentVolume? old, PersistentVolume? now)
    {
        _cache.Snapshot.SetVolume((now ?? old!).Metadata.Name!, now);
        _queue.Changed(ClusterChange.Volumes);
    }

    private async Task TryScheduleAsync(QueuedPod pod, CancellationToken ct)
    {
        var info = pod.Info;
        var decision = _core.Schedule(info, _cache.Snapshot);
        await _calls.WaitAsync(ct);
        if (decision.Node is { } node)
        {
            // Counted at once, so that the next pod sees it; the binding goes its way meanwhile.
            _cache.Place(info, node);
            _cache.Snapshot.Promises.Remove(info.Uid);
            _ = Task.Run(() => BindAsync(pod, info, node, ct), CancellationToken.None);
            return;
        }
        _queue.GiveBack(pod, decision.RetryAfter);
        var promised = Promise(info, decision, ct);
        _ = Task.Run(() => TellUnschedulableAsync(info.Pod, decision.Message, promised, ct), CancellationToken.None);
    }

    private async Task TellUnschedulableAsync(Pod pod, string message, string? promised, CancellationToken ct)
    {
        try
        {
            var note = message.Length > LongestNote ? message[..(LongestNote - 4)] + " ..." : message;
            _events.Record(EventRecorderExtensions.ReferenceTo(pod, null), "Warning", "FailedScheduling", note, "Scheduling");
            if (PodStatusPatch.Unschedulable(pod, message, promised, _time.GetUtcNow()) is not { } patch)
            {
                return;
            }
            var path = ResourcePath.Of(Pod.Resource, pod.Metadata.Namespace, pod.Metadata.Name, "status");
            var answer = await _client.PatchAsync(path, PatchKind.Strategic, patch, WriteOptions.Default, ct);
            // Gone meanwhile, or another pod of the same name: there is nobody to tell.
            if (!answer.Ok && !answer.IsNotFound && !answer.IsConflict)
            {
                LogStatusRefused(pod.Metadata.Namespace, pod.Metadata.Name, answer.Error.Message ?? "");
            }
        }
        catch (HttpRequestException error)
        {
            LogStatusRefused(pod.Metadata.Namespace, pod.Metadata.Name, error.Message);
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
        finally
        {
            _calls.Release();
        }
    }

    private async Task BindAsync(QueuedPod pod, PodInfo info, string node, CancellationToken ct)
    {
        try
        {
            var binding = new Binding
            {
                Metadata = new() { Name = info.Name, Namespace = info.Namespace, Uid = info.Uid },
                Target = new() { Kind = "Node", Name = node },
            };
            var path = ResourcePath.Of(Pod.Resource, info.Namespace, info.Name, "binding");
            var answer = await _client.CreateAsync(path, Model.ToUtf8(binding), WriteOptions.Default, ct);
            if (!answer.Ok)
            {
                Refused(answer.Error.Message ?? "refused", answer.IsNotFound);
                return;
            }
            _events.Record(
                EventRecorderExtensions.ReferenceTo(info.Pod, null), "Normal", "Scheduled",
                $"Successfully assigned {info.Namespace}/{info.Name} to {node}", "Binding");
        }
        catch (HttpRequestException error)
        {
            Refused(error.Message, gone: false);
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
        finally
        {
            _calls.Release();
        }

        void Refused(string why, bool gone) => _inputs.Writer.TryWrite(() => OnBindingRefused(pod, info, node, why, gone));
    }

    private void OnBindingRefused(QueuedPod pod, PodInfo info, string node, string why, bool gone)
    {
        // The informer may have told in between that the pod has a node after all: then that stands.
        if (!_cache.Withdraw(info))
        {
            return;
        }
        _queue.Changed(ClusterChange.PodGone);
        if (gone)
        {
            _queue.Remove(info.Uid);
            return;
        }
        LogBindingRefused(info.Namespace, info.Name, node, why);
        _events.Record(EventRecorderExtensions.ReferenceTo(info.Pod, null), "Warning", "FailedScheduling", $"binding rejected: {why}", "Scheduling");
        _queue.RetryLater(pod);
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Scheduling")]
    private partial void LogStarted();

    [LoggerMessage(Level = LogLevel.Warning, Message = "Pod {Namespace}/{Name} could not be bound to {Node}: {Why}")]
    private partial void LogBindingRefused(string @namespace, string name, string node, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The status of pod {Namespace}/{Name} could not be written: {Why}")]
    private partial void LogStatusRefused(string? @namespace, string? name, string why);
}
