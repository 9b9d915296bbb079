using Proa.Api.Models.Core;

namespace Proa.Node.Volumes;

/// <summary>A volume whose files come from the API: gathered, then written as one atomic step.</summary>
internal abstract class PayloadVolume(TimeProvider time) : IVolumeKind
{
    public abstract string Folder { get; }

    /// <summary>Secrets never touch the disk: such a volume is a tmpfs of its own.</summary>
    protected virtual bool InMemory => true;

    public abstract bool Matches(Volume volume);

    public async Task<VolumeOutcome> SetUpAsync(VolumeWork work, CancellationToken ct)
    {
        var payload = await CollectAsync(work, ct);
        if (payload.Error is { } error)
        {
            return VolumeOutcome.Failed(error, payload.References);
        }
        Directory.CreateDirectory(work.Directory);
        if (InMemory)
        {
            if (!LinuxFiles.IsMountPoint(work.Directory))
            {
                LinuxFiles.MountTmpfs(work.Directory, "mode=1777");
            }
        }
        else
        {
            File.SetUnixFileMode(work.Directory, (UnixFileMode)0x1FF);
        }
        new AtomicWriter(work.Directory, work.FsGroup, time).Write(payload.Files);
        if (work.FsGroup is not null)
        {
            FsGroup.ApplyTo(work.Directory, work.FsGroup.Value, readOnly: true);
        }
        return new(work.Directory) { ReadOnly = true, References = payload.References, RefreshAt = payload.RefreshAt };
    }

    protected abstract Task<Payload> CollectAsync(VolumeWork work, CancellationToken ct);
}
