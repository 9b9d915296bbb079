using System.Diagnostics;
using System.Formats.Tar;
using System.Text;
using System.Text.Json.Nodes;
using Proa.EndToEnd.Tests.Harness;

namespace Proa.EndToEnd.Tests.Cli;

/// <summary><c>proa restore</c> of a cluster that runs, with pods, watchers and kills.</summary>
public sealed class RunningRestoreTests : IDisposable
{
    private const int Maps = 40;

    private readonly string _folder = Directory.CreateTempSubdirectory("proa-restore-").FullName;

    private string Backup => Path.Combine(_folder, "backup");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Restore_WithPods_StopsWhatTheBackupDoesNotKnowAndStartsWhatItKnows()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.ImportAsync(await Images.Busybox);
        var kubectl = cluster.Kubectl;
        await kubectl.ApplyAsync(
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web}
            spec:
              replicas: 2
              selector: {matchLabels: {app: web}}
              template:
                metadata: {labels: {app: web}}
                spec:
                  terminationGracePeriodSeconds: 0
                  containers: [{name: c, image: "busybox:1.35", imagePullPolicy: Never, command: [sleep, "100000"]}]
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: lost}
            spec:
              terminationGracePeriodSeconds: 0
              containers: [{name: c, image: "busybox:1.35", imagePullPolicy: Never, command: [sleep, "100000"]}]
            ---
            apiVersion: v1
            kind: Secret
            metadata: {name: s}
            stringData: {a: hidden}
            """);
        await kubectl.WaitAsync("default", "deploy/web", "condition=Available");
        await kubectl.WaitAsync("default", "pod/lost", "condition=Ready");
        var before = (await kubectl.MustAsync("get", "pods", "-l", "app=web", "-o", "name")).Split('\n').Order().ToList();
        (await TestCluster.ProaAsync("backup", Backup, "--data-dir", cluster.DataDir)).Must();
        await kubectl.MustAsync("delete", "pod/lost", "secret/s", "--timeout=60s");
        await kubectl.MustAsync("scale", "deploy", "web", "--replicas=3");
        await kubectl.MustAsync("run", "later", "--image=busybox:1.35", "--image-pull-policy=Never", "--", "sleep", "100001");
        await kubectl.WaitAsync("default", "pod/later", "condition=Ready");
        await kubectl.WaitAsync("default", "deploy/web", "jsonpath={.status.readyReplicas}=3");
        using var unknown = Process.GetProcessById(ContainerProcesses.Find(ClusterId(cluster), "sleep").Single(pid => File.ReadAllText($"/proc/{pid}/cmdline").Contains("100001", StringComparison.Ordinal)));
        var stopped = unknown.WaitForExitAsync(TestContext.Current.CancellationToken);
        // Under a key that the backup does not know.
        (await TestCluster.ProaAsync("secrets", "rotate", "--data-dir", cluster.DataDir)).Must();
        var revision = await RevisionAsync(kubectl);
        using var watch = kubectl.Start("get", "pods", "--watch", "--output-watch-events", "-o", "jsonpath={.type} {.object.metadata.name}{'\\n'}");
        // What is there first: then the watch is there, too.
        var told = await ReadUntilAsync(watch, "ADDED later");

        var restored = (await TestCluster.ProaAsync("restore", Backup, "--data-dir", cluster.DataDir)).Must();
        told = [.. told, .. await ReadUntilAsync(watch, "DELETED later", "ADDED lost")];
        watch.Kill();
        // Its containers are gone, whatever its status says until the node has looked: the address is that of the new one.
        await Eventually.TrueAsync(kubectl, "default", async () =>
        {
            var address = await kubectl.RunAsync("exec", "lost", "--", "hostname", "-i");
            return address.ExitCode == 0 && address.Stdout.Trim() == await kubectl.MustAsync("get", "pod", "lost", "-o", "jsonpath={.status.podIPs[*].ip}");
        });
        var later = (await kubectl.RunAsync("get", "pod", "later")).Stderr;
        var web = (await kubectl.MustAsync("get", "pods", "-l", "app=web", "-o", "name")).Split('\n').Order().ToList();
        var secret = await kubectl.MustAsync("get", "secret", "s", "-o", "jsonpath={.data.a}");
        // What works on the objects works: a new pod runs, a deleted one is replaced.
        await kubectl.MustAsync("scale", "deploy", "web", "--replicas=4");
        await kubectl.WaitAsync("default", "deploy/web", "jsonpath={.status.readyReplicas}=4");

        Assert.Contains("stopping what works on the objects", restored);
        Assert.Contains("NotFound", later);
        Assert.Single(told, line => line == "ADDED lost");
        Assert.Equal(before, web);
        Assert.Equal(Convert.ToBase64String("hidden"u8), secret);
        Assert.True(await RevisionAsync(kubectl) > revision);
        await stopped.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

        // What was there is a backup, too.
        var kept = Directory.GetFiles(cluster.DataDir, "before-restore-*.tar").Single();
        (await TestCluster.ProaAsync("restore", kept, "--data-dir", cluster.DataDir)).Must();
        await kubectl.WaitAsync("default", "pod/later", "condition=Ready");
        Assert.Contains("NotFound", (await kubectl.RunAsync("get", "secret", "s")).Stderr);
    }

    /// <summary>The process that restores is killed as it says what it does: what the next start finds is the one state or the other.</summary>
    [Theory]
    [InlineData("reading the backup's store")]
    [InlineData("stopping what works on the objects")]
    [InlineData("putting")]
    [InlineData("starting what works on the objects")]
    public async Task Restore_Killed_LeavesTheOldStateOrTheNew(string step)
    {
        await using var cluster = await TestCluster.StartAsync("--no-node");
        await FillAsync(cluster, "new");
        (await TestCluster.ProaAsync("backup", Backup, "--data-dir", cluster.DataDir)).Must();
        await FillAsync(cluster, "old");
        var start = new ProcessStartInfo(Repository.Proa, ["restore", Backup, "--data-dir", cluster.DataDir]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var restore = Process.Start(start)!;
        while (await restore.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line && !line.StartsWith(step, StringComparison.Ordinal))
        {
        }
        await cluster.KillAsync();
        var problem = await restore.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await restore.WaitForExitAsync(TestContext.Current.CancellationToken);
        await cluster.UpAsync();
        var states = (await cluster.Kubectl.MustAsync("get", "configmaps", "-l", "filled", "-o", "jsonpath={.items[*].data.state}")).Split(' ');

        Assert.Equal(Maps, states.Length);
        Assert.Single(states.Distinct());
        Assert.Contains("proa up", problem);
        Assert.Empty(Directory.GetFileSystemEntries(cluster.DataDir, "*restore-*.tmp"));
        // And again, to the end.
        (await TestCluster.ProaAsync("restore", Backup, "--data-dir", cluster.DataDir)).Must();
        Assert.Equal("new", await cluster.Kubectl.MustAsync("get", "configmap", "m0", "-o", "jsonpath={.data.state}"));
    }

    [Fact]
    public async Task Restore_WhatIsNoBackupOfThisCluster_IsRefusedAndNothingChanges()
    {
        await using var other = await TestCluster.StartAsync("--no-node");
        var foreign = Path.Combine(_folder, "foreign");
        (await TestCluster.ProaAsync("backup", foreign, "--data-dir", other.DataDir)).Must();
        await using var cluster = await TestCluster.StartAsync("--no-node");
        await cluster.Kubectl.MustAsync("create", "secret", "generic", "s");
        (await TestCluster.ProaAsync("backup", Backup, "--data-dir", cluster.DataDir)).Must();
        await cluster.Kubectl.MustAsync("create", "configmap", "mine");
        var newer = Path.Combine(_folder, "newer");
        await AlterAsync(Backup, newer, (name, bytes) => name == "backup.json" ? Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(bytes).Replace("\"format\": 1", "\"format\": 7")) : bytes);
        var strangeKey = Path.Combine(_folder, "key");
        await AlterAsync(Backup, strangeKey, (name, bytes) => name switch
        {
            "state/pki/encryption-key" => new byte[32],
            "backup.json" => Encoding.UTF8.GetBytes(WithHash(bytes, "state/pki/encryption-key", new byte[32])),
            _ => bytes,
        });
        foreach (var (file, problem) in new[]
        {
            (Path.Combine(_folder, "nothing"), "cannot be read"),
            (foreign, "is of another cluster"),
            (newer, "was written by a newer version of Proa"),
            (strangeKey, "does not open secrets"),
        })
        {
            var refused = await TestCluster.ProaAsync("restore", file, "--data-dir", cluster.DataDir);
            Assert.Equal(1, refused.ExitCode);
            Assert.Contains(problem, refused.Stderr);
            Assert.DoesNotContain("   at ", refused.Stderr);
            Assert.Empty(Directory.GetFileSystemEntries(cluster.DataDir, "*restore-*"));
        }
        await cluster.Kubectl.MustAsync("get", "configmap", "mine");
    }

    /// <summary>The lines of a watch up to the last of those that are waited for.</summary>
    private static async Task<List<string>> ReadUntilAsync(Process watch, params string[] wanted)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        bound.CancelAfter(TimeSpan.FromSeconds(90));
        var lines = new List<string>();
        while (!wanted.All(lines.Contains))
        {
            lines.Add(await watch.StandardOutput.ReadLineAsync(bound.Token) ?? throw new InvalidOperationException("the watch ended"));
        }
        return lines;
    }

    private static async Task FillAsync(TestCluster cluster, string state)
    {
        var items = Enumerable.Range(0, Maps).Select(i => new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "ConfigMap",
            ["metadata"] = new JsonObject { ["name"] = $"m{i}", ["namespace"] = "default", ["labels"] = new JsonObject { ["filled"] = "yes" } },
            ["data"] = new JsonObject { ["state"] = state },
        });
        await cluster.Kubectl.ApplyAsync(new JsonObject { ["apiVersion"] = "v1", ["kind"] = "List", ["items"] = new JsonArray([.. items]) }.ToJsonString());
    }

    private static async Task<long> RevisionAsync(Kubectl kubectl) => long.Parse(JsonNode.Parse(await kubectl.MustAsync("get", "--raw", "/api/v1/configmaps?limit=1"))!["metadata"]!["resourceVersion"]!.GetValue<string>());

    private static string ClusterId(TestCluster cluster) => JsonNode.Parse(File.ReadAllText(Path.Combine(cluster.DataDir, "cluster.json")))!["id"]!.GetValue<string>();

    private static string WithHash(byte[] manifest, string name, byte[] content)
    {
        var json = JsonNode.Parse(manifest)!;
        json["files"]![name] = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(content));
        return json.ToJsonString();
    }

    private static async Task AlterAsync(string from, string to, Func<string, byte[], byte[]> change)
    {
        var ct = TestContext.Current.CancellationToken;
        await using var input = File.OpenRead(from);
        await using var reader = new TarReader(input);
        await using var output = File.Create(to);
        await using var writer = new TarWriter(output, TarEntryFormat.Pax);
        while (await reader.GetNextEntryAsync(cancellationToken: ct) is { } entry)
        {
            using var bytes = new MemoryStream();
            await (entry.DataStream ?? Stream.Null).CopyToAsync(bytes, ct);
            await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, entry.Name) { DataStream = new MemoryStream(change(entry.Name, bytes.ToArray())) }, ct);
        }
    }
}
