using Proa.Api.Models.Core;

namespace Proa.Node.Volumes;

/// <summary>A path of the host itself, checked or made as its type says.</summary>
internal sealed class HostPathVolume : IVolumeKind
{
    public string Folder => "kubernetes.io~host-path";

    public bool Matches(Volume volume) => volume.HostPath is not null;

    public Task<VolumeOutcome> SetUpAsync(VolumeWork work, CancellationToken ct)
    {
        var source = work.Volume.HostPath!;
        var error = Check(source.Path, source.Type ?? "");
        return Task.FromResult(error is null ? new VolumeOutcome(source.Path) : VolumeOutcome.Failed($"hostPath type check failed: {error}"));
    }

    public static string? Check(string path, string type)
    {
        var kind = LinuxFiles.KindOf(path);
        switch (type)
        {
            case "":
                return null;
            case "DirectoryOrCreate":
                if (kind is null)
                {
                    Directory.CreateDirectory(path);
                    kind = FileKind.Directory;
                }
                return kind == FileKind.Directory ? null : $"{path} is not a directory";
            case "Directory":
                return kind == FileKind.Directory ? null : $"{path} is not a directory";
            case "FileOrCreate":
                if (kind is null)
                {
                    File.WriteAllBytes(path, []);
                    kind = FileKind.File;
                }
                return kind == FileKind.File ? null : $"{path} is not a file";
            case "File":
                return kind == FileKind.File ? null : $"{path} is not a file";
            case "Socket":
                return kind == FileKind.Socket ? null : $"{path} is not a socket file";
            case "CharDevice":
                return kind == FileKind.CharDevice ? null : $"{path} is not a character device";
            case "BlockDevice":
                return kind == FileKind.BlockDevice ? null : $"{path} is not a block device";
            default:
                return $"{type} is an invalid volume type";
        }
    }
}
