using System.Diagnostics;

namespace Proa.ApiServer.Tests.Aggregation;

/// <summary>The stock kubectl against a server that another one stands behind.</summary>
public sealed class KubectlAggregationTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("proa-kubectl-").FullName;
    private AggregatedCluster _cluster = null!;
    private ExtensionApi _extension = null!;
    private string _kubeconfig = "";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _cluster = await AggregatedCluster.StartAsync();
        _extension = await ExtensionApi.StartAsync((await _cluster.AuthenticationAsync()).String("requestheader-client-ca-file")!, "api.wardle.svc");
        await _cluster.RegisterAsync(_extension);
        _kubeconfig = _cluster.Kubeconfig(_folder);
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        await _extension.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Kubectl_SeesItAsAnyOtherApi()
    {
        Assert.SkipUnless(Exists(), "there is no kubectl");
        await AggregatedCluster.UntilAsync(() => RunAsync("api-resources", "--api-group=wardle.example.com", "--no-headers"), text => text.Contains("flunders", StringComparison.Ordinal));
        Assert.Contains("wardle.example.com/v1alpha1\n", await MustAsync("api-versions"));
        Assert.Matches(@"v1alpha1\.wardle\.example\.com +wardle/api +True +\d+s", await MustAsync("get", "apiservices"));

        Assert.Equal("flunder.wardle.example.com/f created\n", await MustAsync(
            """{"apiVersion":"wardle.example.com/v1alpha1","kind":"Flunder","metadata":{"name":"f","namespace":"default"},"spec":{"reference":"x"}}""", "create", "--validate=strict", "-f", "-"));
        Assert.Matches(@"NAME +REFERENCE\nf +x\n", await MustAsync("get", "fl"));
        Assert.Equal("x", await MustAsync("get", "flunder", "f", "-o", "jsonpath={.spec.reference}"));
        Assert.Contains("Reference names another one.", await AggregatedCluster.UntilAsync(
            () => RunAsync("explain", "flunder.spec.reference"), text => text.Contains("FIELD: reference", StringComparison.Ordinal)));
        Assert.Equal("flunder.wardle.example.com \"f\" deleted\n", await MustAsync("delete", "flunder", "f", "--wait=false"));
    }

    [Fact]
    public async Task KubectlTop_PrintsMetrics()
    {
        Assert.SkipUnless(Exists(), "there is no kubectl");
        await _cluster.ApiServiceAsync("v1beta1", "metrics.k8s.io", """
            "insecureSkipTLSVerify":true,"service":{"namespace":"wardle","name":"api"}
            """);
        await _cluster.AvailableAsync("v1beta1.metrics.k8s.io", "True", "Passed");
        await _cluster.MakeAsync("/api/v1/nodes", """{"metadata":{"name":"node-1"}}""");
        await _cluster.SendAsync("PATCH", "/api/v1/nodes/node-1/status", """{"status":{"allocatable":{"cpu":"1","memory":"1Gi"},"capacity":{"cpu":"1","memory":"1Gi"} } }""", contentType: "application/merge-patch+json");
        Assert.Matches(@"node-1 +250m +25% +512Mi +50%", await AggregatedCluster.UntilAsync(() => RunAsync("top", "nodes"), text => text.Contains("node-1", StringComparison.Ordinal)));
    }

    private static bool Exists() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(static folder => File.Exists(Path.Combine(folder, "kubectl")));

    private async Task<string> MustAsync(params string[] arguments)
    {
        var input = arguments[0].StartsWith('{') ? arguments[0] : "";
        var (code, output, error) = await RunAsync(input, input.Length > 0 ? arguments[1..] : arguments);
        Assert.True(code == 0, $"kubectl {string.Join(' ', arguments)}: {error}");
        return output;
    }

    private async Task<string> RunAsync(params string[] arguments) => (await RunAsync("", arguments)).Output;

    private async Task<(int Code, string Output, string Error)> RunAsync(string input, string[] arguments)
    {
        var start = new ProcessStartInfo("kubectl") { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var argument in (string[])["--kubeconfig", _kubeconfig, "--cache-dir", Path.Combine(_folder, Guid.NewGuid().ToString("N")), .. arguments])
        {
            start.ArgumentList.Add(argument);
        }
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(Ct), process.StandardError.ReadToEndAsync(Ct));
        await process.WaitForExitAsync(Ct);
        return (process.ExitCode, await output, await error);
    }
}
