using System.Diagnostics;
using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Proa.Node.Containerd;
using Proa.Node.Cri;
using Proa.Node.Cri.V1;
using Proa.Node.Grpc;

namespace Proa.Node.Tests.Containerd;

/// <summary>
/// A real containerd in a directory of its own, with a point-to-point network of its own (no bridge is left over) and a
/// busybox image. Disposing removes each sandbox, stops containerd and deletes everything.
/// </summary>
public sealed class TestRuntime : IAsyncLifetime
{
    public const string Busybox = "docker.io/local/busybox:1";
    private static int s_count;

    private readonly CancellationTokenSource _stop = new();
    private readonly string _subnet = $"10.{200 + Random.Shared.Next(50)}.{Random.Shared.Next(250)}";
    private Task _run = Task.CompletedTask;

    public TestRuntime()
    {
        Directory = $"/tmp/proa-node-{Environment.ProcessId}-{Interlocked.Increment(ref s_count)}";
        Options = new ContainerdOptions { Directory = Directory + "/c", CniConfigDirectory = Directory + "/cni/net.d" };
        System.IO.Directory.CreateDirectory(Options.CniConfigDirectory);
        Client = GrpcClient.OverUnixSocket(Options.Socket, TimeProvider.System, ImageImport.Header);
        Runtime = new CriRuntime(Client);
        Images = new CriImages(Client);
    }

    public string Directory { get; }

    public ContainerdOptions Options { get; }

    internal GrpcClient Client { get; }

    internal CriRuntime Runtime { get; }

    internal CriImages Images { get; }

    internal ContainerdProcess NewProcess() => new(Options, Runtime, Images, TimeProvider.System, NullLogger.Instance);

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(Path.Combine(Options.CniConfigDirectory, "10-test.conflist"), $$$"""
            {"cniVersion":"0.4.0","name":"proa-test","plugins":[{"type":"ptp","ipam":{"type":"host-local","subnet":"{{{_subnet}}}.0/24",
            "dataDir":"{{{Directory}}}/ipam","routes":[{"dst":"0.0.0.0/0"}]}}]}
            """);
        var process = NewProcess();
        _run = process.RunAsync(_stop.Token);
        await await Task.WhenAny(process.ReadyAsync(CancellationToken.None), _run);
        var archive = Directory + "/busybox.tar";
        await using (var file = File.Create(archive))
        {
            WriteBusybox(file);
        }
        Assert.Null(await ImageImport.RunAsync(Options, archive, CancellationToken.None));
        var spec = new ImageSpec { Image = Busybox };
        while ((await Images.StatusAsync(spec, false, CancellationToken.None)).Value.Image is null)
        {
            await Task.Yield();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if ((await Runtime.ListPodSandboxesAsync(null, CancellationToken.None)) is { Ok: true } sandboxes)
        {
            await Task.WhenAll(sandboxes.Value.Items.Select(async sandbox =>
            {
                await Runtime.StopPodSandboxAsync(sandbox.Id, CancellationToken.None);
                await Runtime.RemovePodSandboxAsync(sandbox.Id, CancellationToken.None);
            }));
        }
        await _stop.CancelAsync();
        try
        {
            await _run;
        }
        catch (OperationCanceledException)
        {
            // As asked.
        }
        Client.Dispose();
        _stop.Dispose();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    private static void WriteBusybox(Stream output)
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
            [{"Config":"{{Hash(config)}}.json","RepoTags":["{{Busybox}}"],"Layers":["layer.tar"]}]
            """));
    }

    private static void Add(TarWriter tar, string name, byte[] data) =>
        tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(data), Mode = (UnixFileMode)0x1ED });

    private static string Hash(byte[] data) => Convert.ToHexStringLower(SHA256.HashData(data));
}
