using System.Security.Cryptography;
using System.Text;
using Proa.EndToEnd.Tests.Harness;

namespace Proa.EndToEnd.Tests.Cli;

public sealed class SecretsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("proa-secrets-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Rotate_RunningKilledAndStopped_LeavesSecretsReadableUnderANewKey()
    {
        await using var cluster = await TestCluster.StartAsync("--no-node");
        var kubectl = cluster.Kubectl;
        await kubectl.MustAsync("create", "secret", "generic", "s", "--from-literal=a=hidden-text");
        var key = Path.Combine(cluster.DataDir, "state", "pki", "encryption-key");
        var first = await File.ReadAllBytesAsync(key, TestContext.Current.CancellationToken);
        var running = await TestCluster.ProaAsync("secrets", "rotate", "--data-dir", cluster.DataDir);
        var second = await File.ReadAllBytesAsync(key, TestContext.Current.CancellationToken);
        await cluster.KillAsync();
        var stopped = await TestCluster.ProaAsync("secrets", "rotate", "--data-dir", cluster.DataDir);
        var third = await File.ReadAllBytesAsync(key, TestContext.Current.CancellationToken);
        await cluster.UpAsync();
        var secret = await kubectl.MustAsync("get", "secret", "s", "-o", "jsonpath={.data.a}");

        Assert.Matches("encrypted [1-9][0-9]* objects anew", running.Must());
        Assert.Matches("encrypted [1-9][0-9]* objects anew", stopped.Must());
        Assert.Equal((32, 32, 32), (first.Length, second.Length, third.Length));
        Assert.NotEqual(first, second);
        Assert.NotEqual(second, third);
        Assert.Equal(Convert.ToBase64String("hidden-text"u8), secret);
    }

    [Fact]
    public async Task ProviderConfig_ChangedWhileRunning_IsTakenOverAndAStartWithoutItsKeyIsRefused()
    {
        var file = Path.Combine(_folder, "encryption.yaml");
        var (one, two) = (Key("one"), Key("two"));
        await WriteAsync(file, one);
        await using var cluster = await TestCluster.StartAsync("--no-node", "--encryption-provider-config", file, "--encryption-provider-config-automatic-reload");
        var kubectl = cluster.Kubectl;
        await kubectl.MustAsync("create", "secret", "generic", "s", "--from-literal=a=hidden-text");
        await kubectl.MustAsync("create", "configmap", "m", "--from-literal=a=hidden-text");
        var before = await StoredAsync(cluster);
        await WriteAsync(file, two, one);
        await UntilAsync(async () => (await kubectl.MustAsync("get", "--raw", "/metrics"))
            .Split('\n').Any(line => line.StartsWith("apiserver_encryption_config_controller_automatic_reloads_total{", StringComparison.Ordinal)
                && line.Contains("success", StringComparison.Ordinal) && !line.EndsWith(" 0", StringComparison.Ordinal)));
        (await TestCluster.ProaAsync("secrets", "rotate", "--data-dir", cluster.DataDir)).Must();
        await cluster.StopAsync();
        var after = await StoredAsync(cluster);
        var without = await TestCluster.ProaAsync("up", "--no-node", "--data-dir", cluster.DataDir);
        await WriteAsync(file, one);
        var wrong = await TestCluster.ProaAsync("up", "--no-node", "--data-dir", cluster.DataDir, "--encryption-provider-config", file);
        await File.WriteAllTextAsync(file, "kind: EncryptionConfiguration\napiVersion: apiserver.config.k8s.io/v1\nresources: []\n", TestContext.Current.CancellationToken);
        var broken = await TestCluster.ProaAsync("up", "--no-node", "--data-dir", cluster.DataDir, "--encryption-provider-config", file);
        await WriteAsync(file, two);
        await cluster.UpAsync();
        var secret = await kubectl.MustAsync("get", "secret", "s", "-o", "jsonpath={.data.a}");

        Assert.Contains("k8s:enc:secretbox:v1:one:", before);
        Assert.DoesNotContain("hidden-text", before);
        Assert.Contains("k8s:enc:secretbox:v1:two:", after);
        Assert.Equal((1, 1, 1), (without.ExitCode, wrong.ExitCode, broken.ExitCode));
        Assert.Contains("which is under k8s:enc:secretbox:v1:two:", without.Stderr);
        Assert.Contains("which is under k8s:enc:secretbox:v1:two:: no matching prefix found", wrong.Stderr);
        Assert.Contains("resources: Required value: at least one resources is required", broken.Stderr);
        Assert.Equal(Convert.ToBase64String("hidden-text"u8), secret);
    }

    private static string Key(string name) => $"{{name: {name}, secret: {Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))}}}";

    private static Task WriteAsync(string file, params string[] keys) => File.WriteAllTextAsync(
        file,
        $$"""
        kind: EncryptionConfiguration
        apiVersion: apiserver.config.k8s.io/v1
        resources:
        - resources: [secrets, configmaps]
          providers:
          - secretbox: {keys: [{{string.Join(", ", keys)}}]}
          - identity: {}
        """,
        TestContext.Current.CancellationToken);

    private static async Task<string> StoredAsync(TestCluster cluster)
    {
        var text = new StringBuilder();
        foreach (var file in Directory.GetFiles(Path.Combine(cluster.DataDir, "state"), "store.db*"))
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(stream, Encoding.Latin1);
            text.Append(await reader.ReadToEndAsync(TestContext.Current.CancellationToken));
        }
        return text.ToString();
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        for (var look = 0; !await condition(); look++)
        {
            Assert.True(look < 300, "the changed file was never taken over");
        }
    }
}
