using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;

namespace Proa.Node.Tests.Containerd;

/// <summary>An image of the machine's own busybox, as an archive.</summary>
internal static class BusyboxImage
{
    public const string Name = "docker.io/local/busybox:1";

    public static void Write(Stream output)
    {
        var layer = new MemoryStream();
        using (var tar = new TarWriter(layer, TarEntryFormat.Ustar, leaveOpen: true))
        {
            foreach (var directory in (string[])["bin", "tmp", "etc", "var", "root"])
            {
                tar.WriteEntry(new UstarTarEntry(TarEntryType.Directory, directory) { Mode = (UnixFileMode)0x1FF });
            }
            Add(tar, "bin/busybox", File.ReadAllBytes("/bin/busybox"));
            foreach (var name in (string[])["sh", "sleep", "head", "tail", "cat", "echo", "ls", "httpd", "nc", "wget", "id", "hostname", "test", "true", "false", "env", "ps", "kill", "touch", "mount", "grep", "ip"])
            {
                tar.WriteEntry(new UstarTarEntry(TarEntryType.SymbolicLink, "bin/" + name) { LinkName = "busybox" });
            }
            Add(tar, "etc/passwd", "root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/tmp:/bin/sh\n"u8.ToArray());
        }
        var bytes = layer.ToArray();
        var config = Encoding.UTF8.GetBytes($$$"""
            {"architecture":"amd64","os":"linux","config":{"Env":["PATH=/bin"],"Cmd":["sh"]},"rootfs":{"type":"layers","diff_ids":["sha256:{{{Hash(bytes)}}}"]}}
            """);
        using var archive = new TarWriter(output, TarEntryFormat.Ustar, leaveOpen: true);
        Add(archive, Hash(config) + ".json", config);
        Add(archive, "layer.tar", bytes);
        Add(archive, "manifest.json", Encoding.UTF8.GetBytes($$"""
            [{"Config":"{{Hash(config)}}.json","RepoTags":["{{Name}}"],"Layers":["layer.tar"]}]
            """));
    }

    private static void Add(TarWriter tar, string name, byte[] data) =>
        tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(data), Mode = (UnixFileMode)0x1ED });

    private static string Hash(byte[] data) => Convert.ToHexStringLower(SHA256.HashData(data));
}
