using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Proa.EndToEnd.Tests.Harness;
using Proa.Store.Tests.Etcd;

namespace Proa.EndToEnd.Tests.HighAvailability;

/// <summary>A cluster moves between its data directory and a real etcd.</summary>
public sealed class MigrationTests : IAsyncLifetime
{
    private readonly EtcdCluster _etcd = new();

    private string Endpoints => string.Join(',', _etcd.Endpoints.Select(endpoint => endpoint.GetLeftPart(UriPartial.Authority)));

    public ValueTask InitializeAsync() => _etcd.InitializeAsync();

    public ValueTask DisposeAsync() => _etcd.DisposeAsync();

    [Fact]
    public async Task Migrate_ToEtcdAndBack_PodsRunOn_AndObjectsStayWhatTheyAre()
    {
        Assert.SkipUnless(EtcdCluster.IsThere, "etcd is not installed");
        var busybox = await Images.Busybox;
        await using var cluster = await TestCluster.StartAsync();
        await cluster.ImportAsync(busybox);
        var kubectl = cluster.Kubectl;
        await kubectl.MustAsync("create", "deployment", "web", "--image=busybox:1.35", "--", "httpd", "-f");
        await kubectl.MustAsync("expose", "deployment", "web", "--port=80", "--type=NodePort");
        await kubectl.MustAsync("create", "secret", "generic", "s", "--from-literal=a=hidden");
        await kubectl.MustAsync("wait", "deployment/web", "--for=condition=Available", "--timeout=90s");
        var before = await StateAsync(kubectl);

        await cluster.StopAsync();
        (await TestCluster.ProaAsync("migrate", "--to", "etcd", "--etcd", Endpoints, "--data-dir", cluster.DataDir)).Must();
        await cluster.UpAsync();
        Assert.Contains("etcd: http", (await TestCluster.ProaAsync("status", "--data-dir", cluster.DataDir)).Stdout);
        await kubectl.MustAsync("wait", "deployment/web", "--for=condition=Available", "--timeout=90s");
        var inEtcd = await StateAsync(kubectl);
        Assert.Equal(before.Objects, inEtcd.Objects);
        Assert.True(inEtcd.Revision > before.Revision);
        Assert.Equal(Convert.ToBase64String("hidden"u8), await kubectl.MustAsync("get", "secret", "s", "-o", "jsonpath={.data.a}"));
        // What was given out before is not given out again.
        var service = await kubectl.MustAsync("get", "service", "web", "-o", "jsonpath={.spec.clusterIP}");
        var taken = await kubectl.RunAsync("create", "service", "clusterip", "other", "--tcp=80", $"--clusterip={service}");
        Assert.Contains("already allocated", taken.Stderr);

        await cluster.StopAsync();
        var twice = await TestCluster.ProaAsync("migrate", "--to", "etcd", "--etcd", Endpoints, "--data-dir", cluster.DataDir);
        Assert.Contains("is in etcd already", twice.Stderr);
        (await TestCluster.ProaAsync("migrate", "--to", "embedded", "--data-dir", cluster.DataDir)).Must();
        await cluster.UpAsync();
        await kubectl.MustAsync("wait", "deployment/web", "--for=condition=Available", "--timeout=90s");
        var back = await StateAsync(kubectl);
        Assert.Equal(before.Objects, back.Objects);
        Assert.True(back.Revision > inEtcd.Revision);
        Assert.Contains("embedded", (await TestCluster.ProaAsync("status", "--data-dir", cluster.DataDir)).Stdout);
        // Nobody serves what is old.
        var stale = await TestCluster.ProaAsync(
            "server", "--etcd", Endpoints, "--cluster-key", Path.Combine(cluster.DataDir, "pki", "cluster-key"), "--data-dir", cluster.DataDir + "-stale", "--api-port", "1");
        Assert.Contains("has moved into a server's data directory", stale.Stderr);
        Directory.Delete(cluster.DataDir + "-stale", recursive: true);
    }

    [Fact]
    public async Task Migrate_Interrupted_LeavesTheSourceWhole_AndRunsAgain()
    {
        Assert.SkipUnless(EtcdCluster.IsThere, "etcd is not installed");
        await using var cluster = await TestCluster.StartAsync("--no-node");
        await cluster.Kubectl.ApplyAsync(string.Join("\n---\n", Enumerable.Range(0, 500).Select(i => $"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c{i}}}")));
        string[] migrate = ["migrate", "--to", "etcd", "--etcd", Endpoints, "--data-dir", cluster.DataDir];
        Assert.Contains("proa down", (await TestCluster.ProaAsync(migrate)).Stderr);
        await cluster.StopAsync();
        await KilledAsync(migrate, "copying");
        await cluster.UpAsync();
        Assert.Equal(500, (await cluster.Kubectl.MustAsync("get", "configmap", "-o", "name")).Split('\n').Count(static line => line.StartsWith("configmap/c", StringComparison.Ordinal)));
        await cluster.Kubectl.MustAsync("delete", "configmap", "c0");
        await cluster.StopAsync();
        // A server must not take what is half there for a cluster, or for none.
        var early = await TestCluster.ProaAsync("server", "--etcd", Endpoints, "--data-dir", cluster.DataDir + "-early", "--api-port", "1");
        Assert.Contains("is being moved into this etcd", early.Stderr);
        Directory.Delete(cluster.DataDir + "-early", recursive: true);

        Assert.Contains("an earlier run did not end", (await TestCluster.ProaAsync(migrate)).Must());
        await cluster.UpAsync();
        Assert.Equal(499, (await cluster.Kubectl.MustAsync("get", "configmap", "-o", "name")).Split('\n').Count(static line => line.StartsWith("configmap/c", StringComparison.Ordinal)));

        // Another cluster finds no room there.
        await using var other = await TestCluster.StartAsync("--no-node");
        await other.StopAsync();
        var refused = await TestCluster.ProaAsync("migrate", "--to", "etcd", "--etcd", Endpoints, "--data-dir", other.DataDir);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("two clusters cannot be put together", refused.Stderr);
        // And back, while it runs elsewhere: refused.
        await using var second = await TestCluster.StartServerAsync(
            Endpoints, "127.0.0.5", cluster.ApiPort, "--cluster-key", Path.Combine(cluster.DataDir, "pki", "cluster-key"));
        await cluster.StopAsync();
        var running = await TestCluster.ProaAsync("migrate", "--to", "embedded", "--data-dir", cluster.DataDir);
        Assert.Contains("still runs at 127.0.0.5", running.Stderr);
    }

    [Fact]
    public async Task Migrate_WithAnEncryptionConfiguration_KeepsWhatItEncryptsUnderIt()
    {
        Assert.SkipUnless(EtcdCluster.IsThere, "etcd is not installed");
        var folder = Directory.CreateTempSubdirectory("proa-migrate-").FullName;
        var file = Path.Combine(folder, "encryption.yaml");
        await File.WriteAllTextAsync(
            file,
            $$"""
            kind: EncryptionConfiguration
            apiVersion: apiserver.config.k8s.io/v1
            resources:
            - resources: [secrets, configmaps]
              providers:
              - secretbox: {keys: [{name: one, secret: {{Convert.ToBase64String(new byte[32])}}}]}
              - identity: {}
            """,
            TestContext.Current.CancellationToken);
        try
        {
            await using var cluster = await TestCluster.StartAsync("--no-node", "--encryption-provider-config", file);
            var kubectl = cluster.Kubectl;
            await kubectl.MustAsync("create", "secret", "generic", "s", "--from-literal=a=hidden");
            await kubectl.MustAsync("create", "configmap", "m", "--from-literal=a=hidden");
            await cluster.StopAsync();
            string[] migrate = ["migrate", "--to", "etcd", "--etcd", Endpoints, "--data-dir", cluster.DataDir];
            var without = await TestCluster.ProaAsync(migrate);
            (await TestCluster.ProaAsync([.. migrate, "--encryption-provider-config", file])).Must();
            var there = await Task.WhenAll(RawAsync("/registry/secrets/default/s"), RawAsync("/registry/configmaps/default/m"));
            await cluster.UpAsync();
            var secret = await kubectl.MustAsync("get", "secret", "s", "-o", "jsonpath={.data.a}");
            var restore = await TestCluster.ProaAsync("restore", file, "--data-dir", cluster.DataDir);
            await cluster.StopAsync();
            var rotate = await TestCluster.ProaAsync("secrets", "rotate", "--data-dir", cluster.DataDir);
            var backWithout = await TestCluster.ProaAsync("migrate", "--to", "embedded", "--data-dir", cluster.DataDir);
            (await TestCluster.ProaAsync("migrate", "--to", "embedded", "--data-dir", cluster.DataDir, "--encryption-provider-config", file)).Must();
            await cluster.UpAsync();

            Assert.Equal((1, 1), (without.ExitCode, backWithout.ExitCode));
            Assert.Equal((1, 1), (restore.ExitCode, rotate.ExitCode));
            Assert.Contains("is in etcd", restore.Stderr);
            Assert.Contains("proa migrate --to etcd", restore.Stderr);
            Assert.Contains("this server does not run", rotate.Stderr);
            Assert.Contains("Start with the --encryption-provider-config that names this key", without.Stderr);
            Assert.Contains("k8s:enc:secretbox:v1:one:", backWithout.Stderr);
            Assert.All(there, value => Assert.StartsWith("k8s:enc:secretbox:v1:one:", value));
            Assert.Equal(Convert.ToBase64String("hidden"u8), secret);
            Assert.Equal("hidden", await kubectl.MustAsync("get", "configmap", "m", "-o", "jsonpath={.data.a}"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>What lies there, by etcd's own JSON gateway.</summary>
    private async Task<string> RawAsync(string key)
    {
        using var http = new HttpClient();
        using var asked = new StringContent(new JsonObject { ["key"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(key)) }.ToJsonString());
        using var answer = await http.PostAsync(new Uri(_etcd.Endpoints[0], "/v3/kv/range"), asked, TestContext.Current.CancellationToken);
        var found = JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        return Encoding.Latin1.GetString(Convert.FromBase64String((string)found["kvs"]![0]!["value"]!));
    }

    /// <summary>What must not change, and the latest revision.</summary>
    private static async Task<(string Objects, long Revision)> StateAsync(Kubectl kubectl)
    {
        var pods = await kubectl.JsonAsync("get", "pods");
        var others = await kubectl.JsonAsync("get", "deployment,replicaset,service,secret,namespace,serviceaccount");
        var lines = new List<string>();
        foreach (var item in pods["items"]!.AsArray().Concat(others["items"]!.AsArray()))
        {
            var metadata = item!["metadata"]!;
            var containers = string.Join(',', (item["status"]?["containerStatuses"]?.AsArray() ?? []).Select(status => $"{status!["containerID"]} {status["restartCount"]}"));
            lines.Add($"{item["kind"]} {metadata["name"]} {metadata["uid"]} {metadata["creationTimestamp"]} {metadata["ownerReferences"]?.ToJsonString()} {item["spec"]?["clusterIP"]} {containers}");
        }
        lines.Sort(StringComparer.Ordinal);
        var list = JsonNode.Parse(await kubectl.MustAsync("get", "--raw", "/api/v1/namespaces"))!;
        return (string.Join('\n', lines), long.Parse((string)list["metadata"]!["resourceVersion"]!, System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <summary>Runs it until it prints a line that begins so, and kills it then.</summary>
    private static async Task KilledAsync(string[] arguments, string line)
    {
        using var process = Process.Start(new ProcessStartInfo(Repository.Proa, arguments) { RedirectStandardOutput = true })!;
        while (await process.StandardOutput.ReadLineAsync() is { } printed && !printed.StartsWith(line, StringComparison.Ordinal))
        {
            // What comes before it.
        }
        process.Kill();
        await process.WaitForExitAsync();
    }
}
