using System.Globalization;
using Proa.Api.Models.Core;

namespace Proa.Node.Volumes;

/// <summary>An empty directory that lives as long as the pod: on disk, or in memory with a limit.</summary>
internal sealed class EmptyDirVolume : IVolumeKind
{
    public string Folder => "kubernetes.io~empty-dir";

    public bool Matches(Volume volume) => volume.EmptyDir is not null;

    public Task<VolumeOutcome> SetUpAsync(VolumeWork work, CancellationToken ct) => Task.FromResult(SetUp(work));

    private static VolumeOutcome SetUp(VolumeWork work)
    {
        var source = work.Volume.EmptyDir!;
        var medium = source.Medium ?? "";
        if (medium is not ("" or "Memory"))
        {
            return VolumeOutcome.Failed($"storage medium \"{medium}\" is not supported");
        }
        var isNew = !Directory.Exists(work.Directory);
        Directory.CreateDirectory(work.Directory);
        if (medium == "Memory")
        {
            if (!LinuxFiles.IsMountPoint(work.Directory))
            {
                var size = MemoryLimit(work);
                LinuxFiles.MountTmpfs(work.Directory, size is null ? "mode=1777" : string.Create(CultureInfo.InvariantCulture, $"mode=1777,size={size}"));
                isNew = true;
            }
        }
        if (isNew)
        {
            if (medium == "")
            {
                File.SetUnixFileMode(work.Directory, (UnixFileMode)0x1FF);
            }
            if (work.FsGroup is { } group)
            {
                FsGroup.ApplyTo(work.Directory, group, readOnly: false);
            }
        }
        return new(work.Directory);
    }

    /// <summary>The volume's limit, within the pod's memory when every container states its own.</summary>
    private static long? MemoryLimit(VolumeWork work)
    {
        long? pod = 0;
        foreach (var container in work.Pod.Spec.Containers)
        {
            pod = container.Resources.Limits.TryGetValue("memory", out var limit) ? pod + limit.Value : null;
        }
        var own = work.Volume.EmptyDir!.SizeLimit is { IsZero: false } size ? size.Value : (long?)null;
        return own is null ? pod : pod is null ? own : Math.Min(own.Value, pod.Value);
    }
}
