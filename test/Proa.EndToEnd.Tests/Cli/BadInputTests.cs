using System.Net;
using System.Net.Sockets;
using Proa.EndToEnd.Tests.Harness;

namespace Proa.EndToEnd.Tests.Cli;

/// <summary>What is wrong, where, and what to do; a non-zero exit code; nothing lost.</summary>
public sealed class BadInputTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("proa-bad-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Up_UnknownOption_SaysSoAndExits2()
    {
        var result = await TestCluster.ProaAsync("up", "--frobnicate");

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("--frobnicate", result.Stderr);
    }

    [Fact]
    public async Task Up_PortInUse_NamesThePort()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;

        var result = await TestCluster.ProaAsync("up", "--data-dir", _folder, "--api-port", $"{port}", "--no-node");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"{port}", result.Stderr);
        Assert.Contains("--api-port", result.Stderr);
    }

    [Fact]
    public async Task Up_NewerDataDirectory_IsRefusedAndUntouched()
    {
        var config = Path.Combine(_folder, "cluster.json");
        await File.WriteAllTextAsync(config, """{"dataVersion":99,"id":"0badc0de","nodeName":"n"}""", TestContext.Current.CancellationToken);

        var result = await TestCluster.ProaAsync("up", "--data-dir", _folder, "--no-node");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("newer version", result.Stderr);
        Assert.Equal(["cluster.json"], Directory.EnumerateFileSystemEntries(_folder).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Up_BrokenSettings_AreNamed()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "cluster.json"), "{", TestContext.Current.CancellationToken);

        var result = await TestCluster.ProaAsync("up", "--data-dir", _folder, "--no-node");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("cluster.json is broken", result.Stderr);
    }

    [Fact]
    public async Task Up_WithoutRoot_SaysToUseRoot()
    {
        // Read and execute for others: the user must reach the program, and fail for the right reason.
        var result = await CommandResult.RunAsync("setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", Repository.Proa, "up", "--data-dir", $"/tmp/proa-none-{Environment.ProcessId}"]);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("root", result.Stderr);
        Assert.False(Directory.Exists($"/tmp/proa-none-{Environment.ProcessId}"));
    }

    [Fact]
    public async Task Up_WithoutCniPlugins_SaysWhatIsMissing()
    {
        // A mount namespace of its own in which the plugins' folder is empty.
        var result = await CommandResult.RunAsync("unshare",
            ["--mount", "bash", "-c", $"mount -t tmpfs none /usr/lib/cni; exec '{Repository.Proa}' up --no-setup --data-dir '{_folder}'"]);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("containernetworking-plugins", result.Stderr);
    }

    [Fact]
    public async Task Up_WithoutContainerd_SaysWhatIsMissing()
    {
        // A mount namespace of its own in which the folder of programs is empty.
        var result = await CommandResult.RunAsync("unshare",
            ["--mount", "bash", "-c", $"mount -t tmpfs none \"$(dirname $(command -v containerd))\"; exec '{Repository.Proa}' up --no-setup --data-dir '{_folder}'"]);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("containerd", result.Stderr);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
    }

    [Fact]
    public async Task Up_ContainerdDoesNotStart_SaysWhatItSaid()
    {
        // A mount namespace of its own in which the program is something that nobody can run.
        var result = await CommandResult.RunAsync("unshare",
            ["--mount", "bash", "-c", $"mount --bind /dev/null \"$(command -v containerd)\"; exec '{Repository.Proa}' up --no-setup --data-dir '{_folder}'"
                + " --api-port 27451 --pod-range 10.199.0.0/24 --service-range 10.198.0.0/16 --node-ports 32700-32767"]);
        (await TestCluster.ProaAsync("reset", "--data-dir", _folder, "--yes")).Must();
        Directory.CreateDirectory(_folder);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("containerd ended 3 times before it answered", result.Stderr);
        Assert.Contains("ermission denied", result.Stderr);
    }

    [Fact]
    public async Task Token_NoCluster_SaysHowToStartOne()
    {
        var result = await TestCluster.ProaAsync("token", "--data-dir", _folder);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("proa up", result.Stderr);
    }
}
