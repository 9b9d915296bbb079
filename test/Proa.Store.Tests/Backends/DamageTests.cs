using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using static Proa.Store.Tests.StoreRequests;

namespace Proa.Store.Tests.Backends;

/// <summary>
/// Files damaged anywhere: a start is refused with every file as it was, or finds exactly what was written; never something else.
/// </summary>
public sealed class DamageTests(ITestOutputHelper output)
{
    private const string StepsVariable = "PROA_DAMAGE_STEPS";

    private static readonly int s_steps = int.TryParse(Environment.GetEnvironmentVariable(StepsVariable), out var asked) ? asked : 60;

    public static TheoryData<string, string> Damages => new()
    {
        { "store.db", "bit" }, { "store.db", "cut" }, { "store.db", "page" }, { "store.db", "zeros" },
        { "store.db-wal", "bit" }, { "store.db-wal", "cut" }, { "store.db-wal", "page" }, { "store.db-wal", "zeros" },
    };

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task Open_DamagedAnywhere_IsRefusedOrFindsWhatWasWritten(string file, string damage)
    {
        using var source = new TestDirectory();
        var states = await FillAsync(source);
        var random = new Random(s_steps == 60 ? 4711 : Environment.TickCount);
        var (refused, whole) = (0, 0);
        for (var step = 0; step < s_steps; step++)
        {
            using var copy = new TestDirectory();
            Copy(source.Path, copy.Path);
            var path = Path.Combine(copy.Path, file);
            var what = Damage(path, damage, random);
            var before = Bytes(copy.Path);
            try
            {
                await using var store = await OpenAsync(copy);
                var found = StateOf(store);
                Assert.True(found == states[^1], $"{what}: found {(states.Contains(found) ? "an earlier state" : "something that never was")}");
                whole++;
            }
            catch (StoreOpenException error)
            {
                Assert.EndsWith(".", error.Remedy);
                var after = Bytes(copy.Path);
                Assert.True(before == after, $"{what}: refused, but changed the files: {error.Message}");
                refused++;
            }
        }
        output.WriteLine($"{file}, {damage}: {refused} refused, {whole} whole");
        Assert.True(refused > 0);
    }

    /// <summary>A database in good part in its log: closed by copying it while it is open, as a kill leaves it.</summary>
    private static async Task<List<string>> FillAsync(TestDirectory target)
    {
        using var living = new TestDirectory();
        List<string> states = [];
        await using var store = await ObjectStore.OpenAsync(
            living.Options with { CheckpointPages = 60 }, IndexOf, TimeProvider.System, NullLogger.Instance);
        states.Add(StateOf(store));
        for (var i = 0; i < 120; i++)
        {
            await store.DoneAsync(Create($"n{i}", new string((char)('a' + (i % 26)), 400 + i), resource: i % 3 == 0 ? "secrets" : Maps));
            states.Add(StateOf(store));
        }
        foreach (var file in (string[])["store.db", "store.db-wal", "store.db-tail", "pki/encryption-key"])
        {
            var path = Path.Combine(target.Path, file);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await using var stream = new FileStream(Path.Combine(living.Path, file), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            await using var into = File.Create(path);
            await stream.CopyToAsync(into, TestContext.Current.CancellationToken);
        }
        return states;
    }

    private static string Damage(string path, string damage, Random random)
    {
        var bytes = File.ReadAllBytes(path);
        var at = random.Next(bytes.Length);
        switch (damage)
        {
            case "bit":
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case "cut":
                bytes = bytes[..at];
                break;
            case "page":
                random.NextBytes(bytes.AsSpan(at, Math.Min(random.Next(1, 4096), bytes.Length - at)));
                break;
            default:
                bytes.AsSpan(at, Math.Min(512, bytes.Length - at)).Clear();
                break;
        }
        File.WriteAllBytes(path, bytes);
        return $"{damage} at {at} of {bytes.Length}";
    }

    private static string StateOf(ObjectStore store)
    {
        var text = new StringBuilder($"{store.Revision}");
        foreach (var item in new[] { Maps, "secrets" }.SelectMany(resource => store.List(resource, null)!.Items))
        {
            text.Append($" {item.Key}@{item.CreateRevision}/{item.Revision}:").Append(Encoding.UTF8.GetString(item.Json.Span));
        }
        return text.ToString();
    }

    // An empty log, which SQLite may leave, says nothing.
    private static string Bytes(string directory) => string.Join(' ', Directory.GetFiles(directory, "store.db*").Order()
        .Where(file => new FileInfo(file).Length > 0 || file.EndsWith(".db", StringComparison.Ordinal))
        .Select(file => $"{Path.GetFileName(file)}={Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file)))}"));

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    private static Task<ObjectStore> OpenAsync(TestDirectory directory) =>
        ObjectStore.OpenAsync(directory.Options, IndexOf, TimeProvider.System, NullLogger.Instance);
}
