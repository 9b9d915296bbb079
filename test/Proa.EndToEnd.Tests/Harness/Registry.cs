using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Proa.EndToEnd.Tests.Harness;

/// <summary>A real registry (Debian's docker-registry) on loopback that asks for a name and a password.</summary>
internal sealed class Registry : IAsyncDisposable
{
    public const string User = "shop";
    public const string Password = "only-for-tests";

    // The password by bcrypt, the one form that the registry reads.
    private const string Account = User + ":$2b$04$CsY6MpJd/ME.iTNQyJqdEuMO23ffxOQj9PmY5gjrvJXg8fUVAiOxW\n";
    private readonly string _folder = Directory.CreateTempSubdirectory("proa-registry-").FullName;
    private readonly Process _process;

    private Registry(int port)
    {
        Host = $"127.0.0.1:{port}";
        File.WriteAllText(Path.Combine(_folder, "accounts"), Account);
        File.WriteAllText(Path.Combine(_folder, "config.yml"), $$$"""
            version: 0.1
            storage: {filesystem: {rootdirectory: {{{_folder}}}/data}}
            http: {addr: "{{{Host}}}"}
            auth: {htpasswd: {realm: shop, path: {{{_folder}}}/accounts}}
            """);
        var start = new ProcessStartInfo("docker-registry") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add("serve");
        start.ArgumentList.Add(Path.Combine(_folder, "config.yml"));
        _process = new Process { StartInfo = start };
    }

    /// <summary>Address and port, as image names have them.</summary>
    public string Host { get; }

    public static async Task<Registry> StartAsync()
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var registry = new Registry(((IPEndPoint)free.LocalEndpoint).Port);
        free.Stop();
        var listening = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        registry._process.OutputDataReceived += Line;
        registry._process.ErrorDataReceived += Line;
        registry._process.Start();
        registry._process.BeginOutputReadLine();
        registry._process.BeginErrorReadLine();
        await listening.Task.WaitAsync(TimeSpan.FromSeconds(30));
        return registry;

        void Line(object sender, DataReceivedEventArgs line)
        {
            if (line.Data?.Contains("listening on", StringComparison.Ordinal) == true)
            {
                listening.TrySetResult();
            }
        }
    }

    /// <summary>Puts an image of the cluster's containerd into the registry.</summary>
    public async Task PushAsync(TestCluster cluster, string image, string name) => (await CommandResult.RunAsync("ctr",
        ["--address", Path.Combine(cluster.DataDir, "containerd", "containerd.sock"), "--namespace", "k8s.io", "images", "push",
            "--plain-http", "--user", $"{User}:{Password}", $"{Host}/{name}", image])).Must();

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
