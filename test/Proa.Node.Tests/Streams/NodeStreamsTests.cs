using System.IO.Pipelines;
using System.Text;
using Proa.Client.Node;
using Proa.Node.Tests.Containerd;

namespace Proa.Node.Tests.Streams;

public sealed class NodeStreamsTests(TestRuntime runtime) : IClassFixture<TestRuntime>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ExecAsync_InputThatEnds_EndsTheCommand()
    {
        await using var pod = await TestPod.StartAsync(runtime, "sleep 1000");
        var input = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("0123456789abcde\n", 20_000)));
        var output = new MemoryStream();

        var result = await pod.Node.ExecAsync(Exec("cat"), new(new MemoryStream(input), output, null, null), Ct);

        Assert.Null(result.Error);
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(input, output.ToArray());
    }

    [Fact]
    public async Task ExecAsync_BothOutputsAndExitCode_AreTold()
    {
        await using var pod = await TestPod.StartAsync(runtime, "sleep 1000");
        var output = new MemoryStream();
        var errors = new MemoryStream();

        var result = await pod.Node.ExecAsync(Exec("sh", "-c", "echo out; echo err >&2; exit 7"), new(null, output, errors, null), Ct);

        Assert.Equal((7, "out\n", "err\n"), (result.ExitCode, Text(output), Text(errors)));
    }

    [Fact]
    public async Task ExecAsync_CommandMissing_IsAnError()
    {
        await using var pod = await TestPod.StartAsync(runtime, "sleep 1000");

        var result = await pod.Node.ExecAsync(Exec("/no/such"), new(null, new MemoryStream(), new MemoryStream(), null), Ct);

        Assert.Contains("no such file or directory", result.Error?.Message);
        Assert.Equal("InternalError", result.Error?.Reason);
    }

    [Fact]
    public async Task ExecAsync_UnknownContainer_IsRefused()
    {
        await using var pod = await TestPod.StartAsync(runtime, "sleep 1000");

        var result = await pod.Node.ExecAsync(Exec("true") with { Container = "x" }, new(null, new MemoryStream(), null, null), Ct);

        Assert.Equal("Internal error occurred: unable to upgrade connection: container not found (\"x\")", result.Error?.Message);
    }

    [Fact]
    public async Task ExecAsync_Tty_HasTheClientsSize()
    {
        await using var pod = await TestPod.StartAsync(runtime, "sleep 1000");
        var output = new WatchedStream();
        var input = new Pipe();
        var running = pod.Node.ExecAsync(
            Exec("sh") with { Tty = true }, new(input.Reader.AsStream(), output, null, new[] { new TerminalSize(91, 37) }.ToAsyncEnumerable()), Ct);
        await input.Writer.WriteAsync("i=0; while ! busybox stty size | busybox grep '37 91' && [ $i -lt 100 ]; do i=$((i+1)); busybox usleep 20000; done; exit 4\n"u8.ToArray(), Ct);

        Assert.Equal(4, (await running).ExitCode);
        Assert.Contains("37 91", output.Text);
    }

    [Fact]
    public async Task ExecAsync_Cancelled_Ends()
    {
        await using var pod = await TestPod.StartAsync(runtime, "sleep 1000");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var output = new WatchedStream();
        var running = pod.Node.ExecAsync(Exec("sh", "-c", "echo begun; sleep 1000"), new(null, output, null, null), stop.Token);
        await output.ContainsAsync("begun");

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public async Task ExecAsync_Attach_SpeaksWithTheContainersProcess()
    {
        await using var pod = await TestPod.StartAsync(runtime, "while read x; do echo got $x; done", stdin: true);
        var input = new Pipe();
        var output = new WatchedStream();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var running = pod.Node.ExecAsync(Exec(), new(input.Reader.AsStream(), output, null, null), stop.Token);
        await input.Writer.WriteAsync("me\n"u8.ToArray(), Ct);
        await output.ContainsAsync("got me");

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public async Task ConnectAsync_PortOfThePod_IsReachedInItsNamespace()
    {
        await using var pod = await TestPod.StartAsync(runtime, "echo hello > /tmp/index.html; httpd -p 127.0.0.1:8080 -h /tmp; echo ready; sleep 1000");
        var log = new WatchedStream();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var following = pod.Node.LogsAsync(new("ns", "p", "c") { Follow = true }, log, stop.Token);
        await log.ContainsAsync("ready");
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => following);

        var (connection, error) = await pod.Node.ConnectAsync("ns", "p", 8080, Ct);

        Assert.Null(error);
        await using (connection)
        {
            await connection!.WriteAsync("GET /index.html HTTP/1.0\r\n\r\n"u8.ToArray(), Ct);
            Assert.EndsWith("hello\n", await new StreamReader(connection).ReadToEndAsync(Ct));
        }
    }

    [Fact]
    public async Task ConnectAsync_NothingListens_IsAnError()
    {
        await using var pod = await TestPod.StartAsync(runtime, "sleep 1000");

        var (connection, error) = await pod.Node.ConnectAsync("ns", "p", 1, Ct);

        Assert.Null(connection);
        Assert.Equal($"failed to connect to localhost:1 inside namespace \"{pod.SandboxId}\": connection refused", error!.Message);
    }

    [Fact]
    public async Task LogsAsync_Follow_EndsWithTheContainer()
    {
        await using var pod = await TestPod.StartAsync(runtime, "busybox mkfifo /tmp/go; echo first; cat /tmp/go; echo third");
        var output = new WatchedStream();
        var following = pod.Node.LogsAsync(new("ns", "p", "c") { Follow = true }, output, Ct);
        await output.ContainsAsync("first");

        var told = await pod.Node.ExecAsync(Exec("sh", "-c", "echo second > /tmp/go"), new(null, new MemoryStream(), null, null), Ct);

        Assert.Equal(0, told.ExitCode);
        Assert.Null(await following);
        Assert.Equal("first\nsecond\nthird\n", output.Text);
    }

    [Fact]
    public async Task RotateAllAsync_LargeLog_IsMovedAsideAndFollowersMissNothing()
    {
        // Each line is written when the test asks for it: a line on the input is a line in the log.
        await using var pod = await TestPod.StartAsync(runtime, "cat", stdin: true);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var input = new Pipe();
        var attached = pod.Node.ExecAsync(Exec(), new(input.Reader.AsStream(), new MemoryStream(), null, null), stop.Token);
        var output = new WatchedStream();
        var following = pod.Node.LogsAsync(new("ns", "p", "c") { Follow = true }, output, stop.Token);
        var rotator = new Node.Logs.LogRotator(
            runtime.Runtime, new(runtime.Directory + "/logs", MaxSize: 100), TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        await SayAsync(input, 0, 500);
        await output.ContainsAsync("line 499\n");

        var saying = SayAsync(input, 500, 5000);
        await rotator.RotateAllAsync(Ct);
        await saying;
        await SayAsync(input, 5000, 5001);
        await output.ContainsAsync("line 5000\n");

        Assert.Equal(2, Directory.GetFiles(Path.GetDirectoryName(pod.LogPath)!).Length);
        Assert.Equal(string.Concat(Enumerable.Range(0, 5001).Select(i => $"line {i}\n")), output.Text);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => following);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => attached);
    }

    private static async Task SayAsync(Pipe input, int from, int to)
    {
        for (var i = from; i < to; i++)
        {
            await input.Writer.WriteAsync(Encoding.ASCII.GetBytes($"line {i}\n"), Ct);
        }
    }

    private static ExecRequest Exec(params string[] command) => new("ns", "p", "c", command);

    private static string Text(MemoryStream stream) => Encoding.UTF8.GetString(stream.ToArray());
}
