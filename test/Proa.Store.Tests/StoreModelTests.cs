using Microsoft.Extensions.Logging.Abstractions;
using static Proa.Store.Tests.StoreRequests;

namespace Proa.Store.Tests;

/// <summary>Random histories on the real store, closed and opened again in between, beside a twin that keeps every state.</summary>
public sealed class StoreModelTests
{
    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    public async Task RandomHistory_WithRestarts_EqualsDumbTwin(int seed)
    {
        var random = new Random(seed);
        using var directory = new TestDirectory();
        var twin = new Twin();
        for (var life = 0; life < 4; life++)
        {
            await using var store = await ObjectStore.OpenAsync(
                directory.Options, IndexOf, TimeProvider.System, NullLogger.Instance);
            var born = store.Revision;
            AssertState(twin, store, twin.Revision);
            for (var step = 0; step < 300; step++)
            {
                // A burst goes into one queue at once, so that batches of all sizes come about.
                var requests = Enumerable.Range(0, random.Next(1, 12)).Select(_ => Random(random, twin.Revision)).ToList();
                var answers = await Task.WhenAll(requests.Select(request => store.TryAsync(request)));
                for (var i = 0; i < requests.Count; i++)
                {
                    Assert.Equal(twin.Write(requests[i]), (answers[i].Outcome, answers[i].Object?.Revision));
                }
                if (step % 10 == 0)
                {
                    AssertState(twin, store, twin.Revision);
                    AssertState(twin, store, random.NextInt64(born, twin.Revision + 1));
                }
            }
        }
    }

    private static WriteRequest Random(Random random, long revision)
    {
        var name = $"n{random.Next(30)}";
        var ns = $"ns{random.Next(2)}";
        var resource = random.Next(3) == 0 ? "secrets" : Maps;
        var expected = random.Next(2) == 0 ? 0 : random.NextInt64(Math.Max(1, revision - 40), revision + 1);
        return random.Next(3) switch
        {
            0 => Create(name, $"{random.Next()}", ns, resource),
            1 => Replace(name, new string('v', random.Next(3000)), expected, ns, resource),
            _ => Delete(name, expected, ns, resource),
        };
    }

    private static void AssertState(Twin twin, ObjectStore store, long revision)
    {
        foreach (var resource in (string[])[Maps, "secrets"])
        {
            var expected = twin.At(revision).Where(pair => pair.Key.Resource == resource).ToList();
            var list = store.List(resource, null, revision)!;
            Assert.Equal(revision, list.Revision);
            Assert.Equal(
                expected.Select(pair => (pair.Key, pair.Value.Revision, pair.Value.Text)).OrderBy(item => $"{item.Key.Namespace}/{item.Key.Name}", StringComparer.Ordinal),
                list.Items.Select(obj => (obj.Key, obj.Revision, Value(obj))));
            Assert.All(list.Items, obj => Assert.Equal((obj.Revision.ToString(), obj.Key.Name), (Version(obj), obj.Index.Uid)));
        }
        Assert.Equal(twin.Revision, store.Revision);
    }

    private sealed class Twin
    {
        private readonly List<Dictionary<ObjectKey, (long Revision, string Text)>> _states = [[], []];

        public long Revision => _states.Count - 1;

        public Dictionary<ObjectKey, (long Revision, string Text)> At(long revision) => _states[(int)revision];

        public (WriteOutcome Outcome, long? Revision) Write(WriteRequest request)
        {
            var now = _states[^1];
            var there = now.TryGetValue(request.Key, out var current);
            if (request.Kind == WriteKind.Create && there)
            {
                return (WriteOutcome.Exists, current.Revision);
            }
            if (request.Kind != WriteKind.Create && !there)
            {
                return (WriteOutcome.NotFound, null);
            }
            if (request.ExpectedRevision != 0 && request.ExpectedRevision != current.Revision)
            {
                return (WriteOutcome.Conflict, current.Revision);
            }
            var next = new Dictionary<ObjectKey, (long Revision, string Text)>(now);
            if (request.Kind == WriteKind.Delete)
            {
                next.Remove(request.Key);
            }
            else
            {
                using var json = System.Text.Json.JsonDocument.Parse(request.Json);
                next[request.Key] = (_states.Count, json.RootElement.GetProperty("data").GetProperty("value").GetString()!);
            }
            _states.Add(next);
            return (WriteOutcome.Done, Revision);
        }
    }
}
