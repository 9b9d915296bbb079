using System.Formats.Tar;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Proa.Node.Containerd;

/// <summary>The sandbox image: <see cref="PauseProgram"/> alone, as an archive that containerd imports.</summary>
internal static class PauseImage
{
    public const string Name = "proa.local/pause:1";

    public static void Write(Stream output)
    {
        var layer = new MemoryStream();
        using (var tar = new TarWriter(layer, TarEntryFormat.Ustar, leaveOpen: true))
        {
            Add(tar, "pause", PauseProgram.For(RuntimeInformation.ProcessArchitecture), executable: true);
        }
        var layerBytes = layer.ToArray();
        var architecture = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "amd64";
        var config = $$$"""
            {"architecture":"{{{architecture}}}","os":"linux","config":{"Entrypoint":["/pause"]},"rootfs":{"type":"layers","diff_ids":["sha256:{{{Hash(layerBytes)}}}"]}}
            """;
        var configBytes = Encoding.UTF8.GetBytes(config);
        var configName = Hash(configBytes) + ".json";
        using var archive = new TarWriter(output, TarEntryFormat.Ustar, leaveOpen: true);
        Add(archive, configName, configBytes, executable: false);
        Add(archive, "layer.tar", layerBytes, executable: false);
        Add(archive, "manifest.json", Encoding.UTF8.GetBytes($$"""
            [{"Config":"{{configName}}","RepoTags":["{{Name}}"],"Layers":["layer.tar"]}]
            """), executable: false);
    }

    private static void Add(TarWriter tar, string name, byte[] data, bool executable) =>
        tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name)
        {
            DataStream = new MemoryStream(data),
            ModificationTime = DateTimeOffset.UnixEpoch,
            Mode = executable ? (UnixFileMode)0b111_101_101 : (UnixFileMode)0b110_100_100,
        });

    private static string Hash(byte[] data) => Convert.ToHexStringLower(SHA256.HashData(data));
}
