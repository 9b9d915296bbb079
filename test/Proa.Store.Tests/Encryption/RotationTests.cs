using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Proa.Store.Backends.Sqlite;
using Proa.Store.Encryption;
using Proa.Store.Encryption.Configuration;
using static Proa.Store.Tests.StoreRequests;

namespace Proa.Store.Tests.Encryption;

/// <summary>Values at rest under the own key and under configurations, and the ways from one to the other.</summary>
public sealed class RotationTests : IDisposable
{
    private readonly TestDirectory _directory = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private string KeyFile => Path.Combine(_directory.Path, "pki", "encryption-key");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Rotate_WhileClientsWrite_LeavesOneNewKeyAndEveryValueUnderIt()
    {
        byte[] old;
        var done = new System.Collections.Concurrent.ConcurrentDictionary<string, StoredObject>();
        await using (var store = await OpenAsync())
        {
            for (var i = 0; i < 700; i++)
            {
                done[$"before-{i}"] = await store.DoneAsync(Create($"before-{i}", "hidden-text", resource: "secrets"));
            }
            old = await File.ReadAllBytesAsync(KeyFile, Ct);
            var revision = store.Revision;
            using var watch = store.Watch("secrets", null, revision)!;
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
            var writers = Enumerable.Range(0, 4).Select(w => Task.Run(async () =>
            {
                for (var i = 0; !stop.IsCancellationRequested; i++)
                {
                    var name = $"w{w}-{i % 50}";
                    done[name] = await store.DoneAsync(i < 50 ? Create(name, "hidden-text", resource: "secrets") : Replace(name, $"hidden-text {i}", resource: "secrets"));
                }
            }, Ct)).ToList();
            Assert.True(await store.RotateAsync(Ct) >= 700);
            await stop.CancelAsync();
            await Task.WhenAll(writers);
            // Nobody saw the rotation: one change a write, and nothing of the objects that nobody wrote.
            Assert.Equal(store.Revision - revision, watch.Changes.Count);
        }
        var now = await File.ReadAllBytesAsync(KeyFile, Ct);
        Assert.Equal(32, now.Length);
        Assert.NotEqual(old, now);
        Assert.DoesNotContain("hidden-text", Bytes());
        await using var again = await OpenAsync();
        Assert.All(done, item => Assert.Equal(item.Value.Json.ToArray(), again.Get(item.Value.Key)!.Json.ToArray()));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(250)]
    public async Task Rotate_BrokenOff_GoesOnAtTheNextStart(int rewritten)
    {
        await using (var store = await OpenAsync())
        {
            for (var i = 0; i < 500; i++)
            {
                await store.DoneAsync(Create($"s{i}", "hidden-text", resource: "secrets"));
            }
        }
        // As a kill leaves it: the new key is in the file, and some values are under it.
        new KeyRing(KeyFile).Begin();
        await using (var store = await OpenAsync())
        {
            for (var i = 0; i < rewritten; i++)
            {
                await store.DoneAsync(Replace($"s{i}", "hidden-text", resource: "secrets"));
            }
        }
        Assert.Equal(64, new FileInfo(KeyFile).Length);
        await using (var store = await OpenAsync())
        {
            Assert.True(store.Encryption!.IsRotating);
            await store.ResumeRotationAsync(Ct);
            Assert.False(store.Encryption.IsRotating);
        }
        Assert.Equal(32, new FileInfo(KeyFile).Length);
        await using var again = await OpenAsync();
        Assert.Equal(500, again.List("secrets", null)!.Items.Count(item => Value(item) == "hidden-text"));
    }

    [Fact]
    public async Task Rotate_DuringABackup_KeepsTheOldKeyUntilItIsDone()
    {
        await using var store = await OpenAsync();
        await store.DoneAsync(Create("s", resource: "secrets"));
        Task<int> rotation;
        using (store.Encryption!.HoldKeys())
        {
            rotation = store.RotateAsync(Ct);
            await store.DoneAsync(Create("t", resource: "secrets"));
            Assert.False(rotation.IsCompleted);
            Assert.Equal(64, new FileInfo(KeyFile).Length);
        }
        await rotation;
        Assert.Equal(32, new FileInfo(KeyFile).Length);
    }

    [Theory]
    [InlineData("aesgcm")]
    [InlineData("aescbc")]
    [InlineData("secretbox")]
    public async Task Configuration_Values_CarryTheOriginalsPrefixAndAreNotReadable(string kind)
    {
        var configuration = Configuration($"{kind}: {{keys: [{Key("k1", 1)}]}}");
        await using (var store = await OpenAsync(configuration))
        {
            await store.DoneAsync(Create("s", "hidden-text", resource: "secrets"));
            await store.DoneAsync(Create("m", "plain-text"));
        }
        Assert.Contains($"k8s:enc:{kind}:v1:k1:", Bytes());
        Assert.DoesNotContain("hidden-text", Bytes());
        Assert.Contains("plain-text", Bytes());
        Assert.False(File.Exists(KeyFile));
        await using var again = await OpenAsync(configuration);
        Assert.Equal("hidden-text", Value(again.Get(new ObjectKey("secrets", "default", "s"))!));
    }

    [Fact]
    public async Task Configuration_FromOwnKeyAndOnToAnotherAndBack_LosesNothing()
    {
        await using (var store = await OpenAsync())
        {
            await store.DoneAsync(Create("s", "hidden-text", resource: "secrets"));
        }
        var first = Configuration($"aescbc: {{keys: [{Key("k1", 1)}]}}");
        await using (var store = await OpenAsync(first))
        {
            Assert.Equal(1, await store.RotateAsync(Ct));
        }
        // The key that wrote is second now, and then gone.
        await using (var store = await OpenAsync(Configuration($"secretbox: {{keys: [{Key("k2", 2)}]}}", $"aescbc: {{keys: [{Key("k1", 1)}]}}")))
        {
            Assert.Equal(1, await store.RotateAsync(Ct));
            await store.ReconfigureAsync(Configuration($"secretbox: {{keys: [{Key("k2", 2)}]}}"), Ct);
            await store.DoneAsync(Create("t", "hidden-text", resource: "secrets"));
        }
        await using (var store = await OpenAsync(Configuration("identity: {}", $"secretbox: {{keys: [{Key("k2", 2)}]}}")))
        {
            Assert.Equal(2, await store.RotateAsync(Ct));
        }
        Assert.Contains("hidden-text", Bytes());
        await using (var store = await OpenAsync())
        {
            Assert.Equal(2, await store.RotateAsync(Ct));
        }
        await using var again = await OpenAsync();
        Assert.Equal(["hidden-text", "hidden-text"], again.List("secrets", null)!.Items.Select(Value));
    }

    [Fact]
    public async Task Reconfigure_WithoutAKeyThatIsNeeded_IsRefusedAndTheOldOneGoesOn()
    {
        await using var store = await OpenAsync(Configuration($"aesgcm: {{keys: [{Key("k1", 1)}]}}"));
        await store.DoneAsync(Create("s", "hidden-text", resource: "secrets"));
        var refused = await Assert.ThrowsAsync<StoreOpenException>(() => store.ReconfigureAsync(Configuration($"aesgcm: {{keys: [{Key("k2", 2)}]}}"), Ct));
        Assert.Equal("does not open secrets default/s, which is under k8s:enc:aesgcm:v1:k1:: no matching prefix found", refused.Problem);
        await store.DoneAsync(Create("t", "hidden-text", resource: "secrets"));
        Assert.Equal(0, await store.RotateAsync(Ct));
    }

    [Theory]
    [InlineData("aesgcm: {keys: [{name: k2, secret: AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=}]}", "does not open secrets default/s, which is under k8s:enc:aesgcm:v1:k1:: no matching prefix found")]
    [InlineData("aesgcm: {keys: [{name: k1, secret: AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=}]}", "does not open secrets default/s, which is under k8s:enc:aesgcm:v1:k1:: The computed authentication tag did not match the input authentication tag.")]
    [InlineData("identity: {}", "does not open secrets default/s, which is under k8s:enc:aesgcm:v1:k1:: no matching prefix found")]
    [InlineData(null, "does not open secrets default/s, which is under k8s:enc:aesgcm:v1:k1:")]
    public async Task Open_WithoutTheKey_IsRefusedByName(string? provider, string problem)
    {
        await using (var store = await OpenAsync(Configuration($"aesgcm: {{keys: [{Key("k1", 1)}]}}")))
        {
            await store.DoneAsync(Create("s", "hidden-text", resource: "secrets"));
        }
        var refused = await Assert.ThrowsAsync<StoreOpenException>(() => OpenAsync(provider is null ? null : Configuration(provider)));
        Assert.Equal(problem, refused.Problem);
    }

    [Fact]
    public async Task Open_PlainValueWithoutIdentity_IsRefusedWithTheWayOut()
    {
        await using (var store = await OpenAsync(Configuration("identity: {}")))
        {
            await store.DoneAsync(Create("s", resource: "secrets"));
        }
        var refused = await Assert.ThrowsAsync<StoreOpenException>(() => OpenAsync(Configuration($"aesgcm: {{keys: [{Key("k1", 1)}]}}")));
        Assert.Equal("does not allow secrets default/s as it is, which is not encrypted: no matching prefix found", refused.Problem);
        Assert.Contains("identity: {}", refused.Remedy);
    }

    [Fact]
    public async Task BackUp_UnderAConfiguration_IsReadWithTheOwnKeyAlone()
    {
        using var target = new TestDirectory();
        await using (var store = await OpenAsync(Configuration($"aesgcm: {{keys: [{Key("k1", 1)}]}}")))
        {
            await store.DoneAsync(Create("s", "hidden-text", resource: "secrets"));
            await store.BackUpAsync(target.Database);
        }
        Assert.DoesNotContain("hidden-text", Encoding.Latin1.GetString(await File.ReadAllBytesAsync(target.Database, Ct)));
        Directory.CreateDirectory(Path.Combine(target.Path, "pki"));
        File.Copy(KeyFile, Path.Combine(target.Path, "pki", "encryption-key"));
        await using var copy = await ObjectStore.OpenAsync(target.Options, IndexOf, TimeProvider.System, NullLogger.Instance);
        Assert.Equal("hidden-text", Value(copy.Get(new ObjectKey("secrets", "default", "s"))!));
    }

    [Fact]
    public async Task Open_ValueOfTheFirstFormat_IsReadAndRewritten()
    {
        var key = RandomNumberGenerator.GetBytes(32);
        await using (var store = await OpenAsync(Configuration("identity: {}")))
        {
            await store.DoneAsync(Create("s", "hidden-text", resource: "secrets"));
        }
        Directory.CreateDirectory(Path.GetDirectoryName(KeyFile)!);
        await File.WriteAllBytesAsync(KeyFile, key, Ct);
        using (var connection = SqliteConnection.Open(_directory.Database))
        {
            connection.Execute("PRAGMA journal_mode=DELETE");
            var json = Encoding.UTF8.GetBytes(connection.QueryText("SELECT CAST(value AS TEXT) FROM objects"));
            var value = new byte[29 + json.Length];
            value[0] = 1;
            using var aes = new AesGcm(key, 16);
            aes.Encrypt(value.AsSpan(1, 12), json, value.AsSpan(29), value.AsSpan(13, 16), "secrets/default/s"u8);
            connection.Execute($"UPDATE objects SET value = x'{Convert.ToHexString(value)}'");
            connection.Execute("ALTER TABLE objects DROP COLUMN checksum");
            connection.Execute("ALTER TABLE meta DROP COLUMN checksum");
            connection.Execute("PRAGMA user_version=1");
        }
        await using (var store = await OpenAsync())
        {
            Assert.Equal("hidden-text", Value(store.Get(new ObjectKey("secrets", "default", "s"))!));
            Assert.Equal(1, await store.RotateAsync(Ct));
        }
        Assert.Contains("k8s:enc:aesgcm:v1:proa-", Bytes());
    }

    private static string Key(string name, byte fill) => $"{{name: {name}, secret: {Convert.ToBase64String(Enumerable.Repeat(fill, 32).ToArray())}}}";

    private static EncryptionConfiguration Configuration(params string[] providers) => EncryptionConfiguration.Read(
        $"kind: EncryptionConfiguration\napiVersion: apiserver.config.k8s.io/v1\nresources:\n- resources: [secrets]\n  providers:\n{string.Concat(providers.Select(provider => $"  - {provider}\n"))}",
        TimeProvider.System);

    private string Bytes() => string.Concat(Directory.GetFiles(_directory.Path, "store.db*").Select(file => Encoding.Latin1.GetString(File.ReadAllBytes(file))));

    private Task<ObjectStore> OpenAsync(EncryptionConfiguration? configuration = null) => ObjectStore.OpenAsync(
        configuration is null ? _directory.Options : _directory.Options with { Encryption = StoreEncryption.FromConfiguration("encryption.yaml", configuration, KeyFile) },
        IndexOf, TimeProvider.System, NullLogger.Instance);
}
