using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Proa.Store.Encryption;
using Proa.Store.Encryption.Configuration;
using static Proa.Store.Tests.StoreRequests;

namespace Proa.Store.Tests.Encryption;

public sealed class KmsTests : IDisposable
{
    private readonly TestDirectory _directory = new();
    private readonly ManualTime _time = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Plugin_KeyChangesAndFails_IsFollowedAndRefusesWritesAfterThreeMinutes()
    {
        await using var plugin = new KmsPlugin();
        plugin.UseKey("first");
        await plugin.StartAsync(Path.Combine(_directory.Path, "kms.sock"));
        var configuration = Configuration();
        await using (var store = await OpenAsync(configuration))
        {
            for (var i = 0; i < 20; i++)
            {
                await store.DoneAsync(Create($"s{i}", "hidden-text", resource: "secrets"));
            }
            // One seed, however many values.
            Assert.Equal(1, plugin.Calls);
            plugin.UseKey("second");
            Assert.Single(configuration.Plugins).Refresh();
            Assert.Equal(20, await store.RotateAsync(Ct));
            Assert.Equal(0, await store.RotateAsync(Ct));
            plugin.Fails = true;
            configuration.Plugins[0].Refresh();
            Assert.Contains("the module is locked", configuration.Plugins[0].Problem);
            await store.DoneAsync(Create("while-it-coasts", resource: "secrets"));
            _time.Advance(TimeSpan.FromMinutes(4));
            var refused = await store.TryAsync(Create("late", resource: "secrets"));
            Assert.Equal(WriteOutcome.Unavailable, refused.Outcome);
            Assert.Contains("the module is locked", refused.Error);
            Assert.NotNull(store.Get(new ObjectKey("secrets", "default", "s1")));
            await store.DoneAsync(Create("plain"));
            plugin.Fails = false;
        }
        var bytes = Encoding.Latin1.GetString(await File.ReadAllBytesAsync(_directory.Database, Ct));
        Assert.Contains("k8s:enc:kms:v2:vault:", bytes);
        Assert.DoesNotContain("hidden-text", bytes);
        await using var again = await OpenAsync(Configuration());
        Assert.Equal("hidden-text", Value(again.Get(new ObjectKey("secrets", "default", "s7"))!));
    }

    private EncryptionConfiguration Configuration() => EncryptionConfiguration.Read(
        $$"""
        kind: EncryptionConfiguration
        apiVersion: apiserver.config.k8s.io/v1
        resources:
        - resources: [secrets]
          providers:
          - kms: {apiVersion: v2, name: vault, endpoint: 'unix://{{_directory.Path}}/kms.sock', timeout: 30s}
        """,
        _time);

    private Task<ObjectStore> OpenAsync(EncryptionConfiguration configuration) => ObjectStore.OpenAsync(
        _directory.Options with { Encryption = StoreEncryption.FromConfiguration("encryption.yaml", configuration, Path.Combine(_directory.Path, "key")) },
        IndexOf, _time, NullLogger.Instance);
}
