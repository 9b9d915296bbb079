using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Proa.Api.Models.Core;
using Proa.Client.Informers;
using Proa.Node.Containerd;
using Proa.Node.Streams;

namespace Proa.Node.Pods;

/// <summary>
/// One worker a pod of this node. Events of the runtime wake the worker that they concern; a slow comparison with the
/// runtime's list is the safety net below them. What the runtime holds of pods that are no more is removed. Thread-safe.
/// </summary>
internal sealed partial class PodWorkers(PodServices services, IInformer<Pod> pods, TaskEvents events, string nodeName, ILogger logger) : IContainerLocator
{
    private static readonly TimeSpan s_relist = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_reconnect = TimeSpan.FromMilliseconds(200);

    private readonly ConcurrentDictionary<string, PodWorker> _byUid = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, PodWorker> _byId = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _exits = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Task, byte> _running = new();
    private readonly RuntimeListing _listing = new(services.Runtime);
    private readonly ConcurrentDictionary<string, PodObservation> _left = new(StringComparer.Ordinal);

    /// <summary>Runs until cancelled; then every worker stops where it is, and what runs goes on running.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        Dictionary<string, PodObservation>? left;
        while ((left = await _listing.ReadAsync(ct)) is null)
        {
            await Task.Delay(s_reconnect, services.Time, ct);
        }
        foreach (var (uid, seen) in left)
        {
            _left[uid] = seen;
        }
        using var subscription = pods.Subscribe(change => OnChange(change, ct));
        try
        {
            await Task.WhenAll(FollowRuntimeAsync(ct), RelistAsync(ct), RemoveOrphansAsync(ct));
        }
        finally
        {
            subscription.Dispose();
            foreach (var task in _running.Keys)
            {
                await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    public LocatedPod? Find(string ns, string name)
    {
        PodWorker? found = null;
        foreach (var worker in _byUid.Values)
        {
            var pod = worker.Current;
            if (pod.Metadata.Name == name && pod.Metadata.Namespace == ns && (found is null || pod.Metadata.DeletionTimestamp is null))
            {
                found = worker;
            }
        }
        if (found is null)
        {
            return null;
        }
        var seen = found.Seen;
        return new(found.Current, seen.Sandboxes.Count > 0 ? seen.Sandboxes[0].Id : null);
    }

    public Task WaitForExitAsync(string containerId, CancellationToken ct)
    {
        var exit = _exits.GetOrAdd(containerId, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
        if (!_byId.TryGetValue(containerId, out var worker) || worker.Seen.ById(containerId) is not { State: RunState.Running })
        {
            exit.TrySetResult();
            _exits.TryRemove(containerId, out _);
        }
        return exit.Task.WaitAsync(ct);
    }

    private void OnChange(InformerEvent<Pod> change, CancellationToken ct)
    {
        if (change.Old is { } old && old.Metadata.Uid != change.New?.Metadata.Uid && _byUid.TryGetValue(old.Metadata.Uid ?? "", out var gone))
        {
            gone.Deleted();
        }
        if (change.New is not { } pod || pod.Spec.NodeName != nodeName || pod.Metadata.Uid is not { } uid)
        {
            return;
        }
        if (_byUid.TryGetValue(uid, out var known))
        {
            known.Update(pod);
            return;
        }
        _left.TryRemove(uid, out var seen);
        Start(pod, seen ?? PodObservation.Nothing, ct);
    }

    private PodWorker Start(Pod pod, PodObservation seen, CancellationToken ct)
    {
        PodWorker? self = null;
        var early = new List<string>();
        var worker = new PodWorker(services, pod, seen, id =>
        {
            if (self is null)
            {
                early.Add(id);
            }
            else
            {
                _byId[id] = self;
            }
        });
        self = worker;
        early.ForEach(id => _byId[id] = worker);
        _byUid[worker.Uid] = worker;
        var task = Task.Run(() => WorkAsync(worker, ct), CancellationToken.None);
        _running.TryAdd(task, 0);
        task.ContinueWith(done => _running.TryRemove(done, out _), TaskScheduler.Default);
        return worker;
    }

    private async Task WorkAsync(PodWorker worker, CancellationToken ct)
    {
        using (worker)
        {
            try
            {
                await worker.RunAsync(ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                // The agent stops; the pod does not.
                return;
            }
            catch (Exception e)
            {
                // A bug: it must not take the other pods with it, and it must be seen.
                LogBug(e, worker.Current.Metadata.Namespace, worker.Current.Metadata.Name);
            }
            _byUid.TryRemove(worker.Uid, out _);
            foreach (var (id, owner) in _byId)
            {
                if (owner == worker)
                {
                    _byId.TryRemove(id, out _);
                    Ended(id);
                }
            }
        }
    }

    private async Task FollowRuntimeAsync(CancellationToken ct)
    {
        while (true)
        {
            await events.ReadAsync(() => _ = CompareAsync(ct), OnExit, ct);
            await Task.Delay(s_reconnect, services.Time, ct);
        }
    }

    private void OnExit(string id)
    {
        if (_byId.TryGetValue(id, out var worker))
        {
            worker.Exited(id);
        }
        Ended(id);
    }

    private void Ended(string id)
    {
        if (_exits.TryRemove(id, out var waiting))
        {
            waiting.TrySetResult();
        }
    }

    private async Task RelistAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(s_relist, services.Time);
        while (await timer.WaitForNextTickAsync(ct))
        {
            await CompareAsync(ct);
        }
    }

    /// <summary>Tells workers of ends that no event told.</summary>
    private async Task CompareAsync(CancellationToken ct)
    {
        // What starts while the runtime is asked must not be taken for ended: only what was known before counts.
        var believed = new List<(PodWorker Worker, string Id)>();
        foreach (var worker in _byUid.Values)
        {
            var seen = worker.Seen;
            believed.AddRange(seen.Containers.Where(record => record.State == RunState.Running).Select(record => (worker, record.Id)));
            believed.AddRange(seen.Sandboxes.Where(sandbox => sandbox.Ready).Select(sandbox => (worker, sandbox.Id)));
        }
        if (believed.Count == 0 || await _listing.RunningAsync(ct) is not { } running)
        {
            return;
        }
        foreach (var (_, id) in believed)
        {
            if (!running.Contains(id))
            {
                OnExit(id);
            }
        }
    }

    /// <summary>What is left of pods that were deleted while no agent ran.</summary>
    private async Task RemoveOrphansAsync(CancellationToken ct)
    {
        // The informer's own copy decides: the workers' may follow it a moment later, and a pod that runs must not be
        // taken for one that is no more.
        await pods.SyncedAsync(ct);
        var alive = pods.List().Select(pod => pod.Metadata.Uid ?? "").ToHashSet(StringComparer.Ordinal);
        foreach (var (uid, seen) in _left)
        {
            if (alive.Contains(uid) || !_left.TryRemove(uid, out _))
            {
                continue;
            }
            LogOrphan(uid);
            foreach (var sandbox in seen.Sandboxes)
            {
                await services.Runtime.StopPodSandboxAsync(sandbox.Id, ct);
                await services.Runtime.RemovePodSandboxAsync(sandbox.Id, ct);
            }
            services.Cgroup.Remove(uid);
        }
        foreach (var directory in Directory.Exists(services.Paths.Root) ? Directory.GetDirectories(services.Paths.Root) : [])
        {
            var uid = Path.GetFileName(directory);
            if (uid != "logs" && !alive.Contains(uid) && !_byUid.ContainsKey(uid))
            {
                await services.Volumes.UnmountAsync(uid, ct);
            }
        }
        var logs = Path.Combine(services.Paths.Root, "logs");
        foreach (var directory in Directory.Exists(logs) ? Directory.GetDirectories(logs) : [])
        {
            var uid = directory[(directory.LastIndexOf('_') + 1)..];
            if (!alive.Contains(uid) && !_byUid.ContainsKey(uid))
            {
                Directory.Delete(directory, recursive: true);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The worker of pod {Namespace}/{Name} ended")]
    private partial void LogBug(Exception error, string? @namespace, string? name);

    [LoggerMessage(Level = LogLevel.Information, Message = "Removing what is left of pod {Uid}, which is no more")]
    private partial void LogOrphan(string uid);
}
