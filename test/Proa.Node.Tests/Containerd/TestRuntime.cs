using Microsoft.Extensions.Logging.Abstractions;
using Proa.Node.Containerd;
using Proa.Node.Cri;
using Proa.Node.Cri.V1;
using Proa.Client.Grpc;

namespace Proa.Node.Tests.Containerd;

/// <summary>
/// A real containerd in a directory of its own, with a point-to-point network of its own (no bridge is left over) and a
/// busybox image. Disposing removes each sandbox, stops containerd and deletes everything.
/// </summary>
public sealed class TestRuntime : IAsyncLifetime
{
    private static int s_count;

    private readonly CancellationTokenSource _stop = new();
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
        TestNetwork.Write(Options.CniConfigDirectory, Directory);
        var process = NewProcess();
        _run = process.RunAsync(_stop.Token);
        await await Task.WhenAny(process.ReadyAsync(CancellationToken.None), _run);
        var archive = Directory + "/busybox.tar";
        await using (var file = File.Create(archive))
        {
            BusyboxImage.Write(file);
        }
        Assert.Null(await ImageImport.RunAsync(Options, archive, CancellationToken.None));
        var spec = new ImageSpec { Image = BusyboxImage.Name };
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
}
