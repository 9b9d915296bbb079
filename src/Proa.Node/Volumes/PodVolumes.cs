using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Proa.Api.Models.Core;
using Proa.Client;
using Proa.Node.EnvironmentVariables;

namespace Proa.Node.Volumes;

/// <summary>
/// The volumes of this node's pods: made before containers start, kept current while they run, removed when the pod is
/// gone. Only volumes that a container mounts are made. Thread-safe; the work of one pod is done one step at a time.
/// </summary>
public sealed partial class PodVolumes
{
    private readonly PodVolumesOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly IReadOnlyList<IVolumeKind> _kinds;
    private readonly ServiceAccountTokens _tokens;
    private readonly ReferenceWatches _watches;
    private readonly ConcurrentDictionary<string, PodVolumeState> _pods = new(StringComparer.Ordinal);
    private readonly Channel<string> _dirty = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true });

    public PodVolumes(PodVolumesOptions options, IClusterClient client, TimeProvider time, ILoggerFactory loggers)
    {
        _options = options;
        _time = time;
        _logger = loggers.CreateLogger<PodVolumes>();
        _tokens = new(client, time);
        _watches = new(client, time, MarkReferrers, _logger);
        var objects = new ReferencedObjects(client);
        _kinds =
        [
            new ProjectedVolume(objects, _tokens, options.Allocatable, time),
            new ConfigMapVolume(objects, time),
            new SecretVolume(objects, time),
            new DownwardApiVolume(options.Allocatable, time),
            new EmptyDirVolume(),
            new HostPathVolume(),
            new PersistentVolumeClaimVolume(client),
        ];
    }

    /// <summary>Keeps the mounted volumes current: changed ConfigMaps and Secrets, tokens near their end. Blocks until cancelled.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        try
        {
            await foreach (var uid in _dirty.Reader.ReadAllAsync(ct))
            {
                if (_pods.TryGetValue(uid, out var state))
                {
                    var result = await SetUpAllAsync(state, ct);
                    if (!result.Ok)
                    {
                        LogKept(state.Pod.Metadata.Namespace, state.Pod.Metadata.Name, result.Error!);
                    }
                }
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
        }
        finally
        {
            _watches.StopAll();
        }
    }

    /// <summary>
    /// Makes the pod's volumes, or brings them up to the pod as given; cheap when nothing changed. Call it again with each
    /// new form of the pod, since its labels and annotations may be in a volume.
    /// </summary>
    public Task<VolumeResult> MountAsync(Pod pod, CancellationToken ct)
    {
        var state = _pods.GetOrAdd(pod.Metadata.Uid ?? "", _ => new PodVolumeState(pod));
        state.Pod = pod;
        return SetUpAllAsync(state, ct);
    }

    /// <summary>The mounts of a container of a pod whose volumes are there.</summary>
    /// <param name="environment">The container's own, for <c>subPathExpr</c>.</param>
    public ContainerMounts MountsFor(Pod pod, Container container, IReadOnlyList<KeyValuePair<string, string>> environment)
    {
        var mounts = new List<ContainerMount>(container.VolumeMounts.Count);
        _pods.TryGetValue(pod.Metadata.Uid ?? "", out var state);
        for (var i = 0; i < container.VolumeMounts.Count; i++)
        {
            var mount = container.VolumeMounts[i];
            if (state is null || !state.Volumes.TryGetValue(mount.Name, out var volume) || volume.HostPath is null)
            {
                return new([], $"cannot find volume \"{mount.Name}\" to mount into container \"{container.Name}\"");
            }
            var subPath = mount.SubPath;
            if (!string.IsNullOrEmpty(mount.SubPathExpr))
            {
                (subPath, var missing) = Expansion.ExpandStrictly(mount.SubPathExpr, environment);
                if (subPath is null)
                {
                    return new([], $"missing value for \"{missing}\"");
                }
            }
            var path = volume.HostPath;
            if (!string.IsNullOrEmpty(subPath))
            {
                if (subPath.StartsWith('/') || subPath.Split('/').Contains(".."))
                {
                    return new([], $"unable to provision SubPath `{subPath}`: must be a relative path without '..'");
                }
                var pinned = Path.Combine(PodDirectory(state.Pod), "volume-subpaths", mount.Name, container.Name, i.ToString(System.Globalization.CultureInfo.InvariantCulture));
                try
                {
                    SubPaths.Pin(volume.HostPath, subPath, pinned);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    return new([], $"failed to prepare subPath for volumeMount \"{mount.Name}\" of container \"{container.Name}\": {e.Message}");
                }
                path = pinned;
            }
            mounts.Add(new(path, mount.MountPath)
            {
                ReadOnly = mount.ReadOnly == true || volume.ReadOnly,
                RecursiveReadOnly = mount.RecursiveReadOnly is "Enabled",
                Propagation = mount.MountPropagation switch
                {
                    "HostToContainer" => MountPropagation.HostToContainer,
                    "Bidirectional" => MountPropagation.Bidirectional,
                    _ => MountPropagation.Private,
                },
            });
        }
        return new(mounts);
    }

    /// <summary>
    /// Unmounts what the pod had and removes its directory, also that of a pod of an earlier run. Call it when no
    /// container of the pod is left. An error means: try again.
    /// </summary>
    public async Task<VolumeResult> UnmountAsync(string podUid, CancellationToken ct)
    {
        if (!_pods.TryGetValue(podUid, out var state))
        {
            return Remove(podUid);
        }
        await state.Busy.WaitAsync(ct);
        try
        {
            state.Gone = true;
            var result = Remove(podUid);
            if (!result.Ok)
            {
                return result;
            }
            Follow(state, [], null);
            _pods.TryRemove(podUid, out _);
            _tokens.Forget(podUid);
            return result;
        }
        finally
        {
            state.Busy.Release();
        }
    }

    private VolumeResult Remove(string podUid)
    {
        var directory = Path.Combine(_options.PodsDirectory, podUid);
        if (podUid.Length == 0 || podUid.Contains('/') || !Directory.Exists(directory))
        {
            return VolumeResult.Done;
        }
        try
        {
            foreach (var mount in MountTable.Below(directory))
            {
                LinuxFiles.Unmount(mount);
            }
            // What another program mounted here meanwhile must not be deleted.
            if (MountTable.Below(directory) is [var left, ..])
            {
                return new($"{left} is still mounted");
            }
            Directory.Delete(directory, recursive: true);
            return VolumeResult.Done;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new(e.Message);
        }
    }

    private async Task<VolumeResult> SetUpAllAsync(PodVolumeState state, CancellationToken ct)
    {
        await state.Busy.WaitAsync(ct);
        try
        {
            if (state.Gone)
            {
                return VolumeResult.Done;
            }
            var references = new HashSet<ObjectKey>();
            DateTimeOffset? refreshAt = null;
            string? error = null;
            foreach (var volume in state.Pod.Spec.Volumes)
            {
                if (!IsMounted(state.Pod, volume.Name))
                {
                    continue;
                }
                var outcome = await SetUpAsync(state.Pod, volume, ct);
                references.UnionWith(outcome.References);
                if (outcome.Error is not null)
                {
                    error ??= $"MountVolume.SetUp failed for volume \"{volume.Name}\" : {outcome.Error}";
                    continue;
                }
                state.Volumes[volume.Name] = outcome;
                if (outcome.RefreshAt is { } time && (refreshAt is null || time < refreshAt))
                {
                    refreshAt = time;
                }
            }
            Follow(state, references, refreshAt);
            return new(error);
        }
        finally
        {
            state.Busy.Release();
        }
    }

    private async Task<VolumeOutcome> SetUpAsync(Pod pod, Volume volume, CancellationToken ct)
    {
        foreach (var kind in _kinds)
        {
            if (kind.Matches(volume))
            {
                var directory = Path.Combine(PodDirectory(pod), "volumes", kind.Folder, volume.Name);
                try
                {
                    return await kind.SetUpAsync(new(pod, volume, directory), ct);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException or HttpRequestException)
                {
                    return VolumeOutcome.Failed(e.Message);
                }
            }
        }
        return VolumeOutcome.Failed("no volume plugin matched");
    }

    private void Follow(PodVolumeState state, HashSet<ObjectKey> references, DateTimeOffset? refreshAt)
    {
        lock (state.References)
        {
            foreach (var key in references)
            {
                if (state.References.Add(key))
                {
                    _watches.Add(key);
                }
            }
            foreach (var key in state.References.Where(key => !references.Contains(key)).ToList())
            {
                state.References.Remove(key);
                _watches.Remove(key);
            }
        }
        state.Refresh?.Dispose();
        state.Refresh = null;
        if (refreshAt is { } time)
        {
            var uid = state.Pod.Metadata.Uid ?? "";
            var wait = time - _time.GetUtcNow();
            state.Refresh = _time.CreateTimer(
                _ => _dirty.Writer.TryWrite(uid), null, wait > TimeSpan.FromSeconds(1) ? wait : TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        }
    }

    private void MarkReferrers(ObjectKey key)
    {
        foreach (var (uid, state) in _pods)
        {
            lock (state.References)
            {
                if (!state.References.Contains(key))
                {
                    continue;
                }
            }
            _dirty.Writer.TryWrite(uid);
        }
    }

    private static bool IsMounted(Pod pod, string volume)
    {
        foreach (var container in pod.Spec.Containers)
        {
            if (Mounts(container.VolumeMounts, container.VolumeDevices, volume))
            {
                return true;
            }
        }
        foreach (var container in pod.Spec.InitContainers)
        {
            if (Mounts(container.VolumeMounts, container.VolumeDevices, volume))
            {
                return true;
            }
        }
        foreach (var container in pod.Spec.EphemeralContainers)
        {
            if (Mounts(container.VolumeMounts, container.VolumeDevices, volume))
            {
                return true;
            }
        }
        return false;
    }

    private static bool Mounts(IReadOnlyList<VolumeMount> mounts, IReadOnlyList<VolumeDevice> devices, string volume)
    {
        for (var i = 0; i < mounts.Count; i++)
        {
            if (mounts[i].Name == volume)
            {
                return true;
            }
        }
        for (var i = 0; i < devices.Count; i++)
        {
            if (devices[i].Name == volume)
            {
                return true;
            }
        }
        return false;
    }

    private string PodDirectory(Pod pod) => Path.Combine(_options.PodsDirectory, pod.Metadata.Uid ?? "");

    [LoggerMessage(Level = LogLevel.Warning, Message = "Volumes of pod {Namespace}/{Name} could not be renewed and stay as they were: {Error}")]
    private partial void LogKept(string? @namespace, string? name, string error);
}
