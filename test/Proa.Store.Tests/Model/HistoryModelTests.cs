using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Proa.Store.Index;
using static Proa.Store.Tests.StoreRequests;

namespace Proa.Store.Tests.Model;

/// <summary>
/// Random histories on the store and its dumb twin: bursts of writes, lists at revisions, pages that go on after writes, watches that
/// lag, overrun, end and resume, compaction, and restarts. Set PROA_MODEL_STEPS for longer ones with another seed each time.
/// </summary>
public sealed class HistoryModelTests(ITestOutputHelper output)
{
    private const string StepsVariable = "PROA_MODEL_STEPS";
    private const int HistoryLimit = 150;
    private const int Backlog = 8;
    private static readonly string[] s_resources = [Maps, "secrets", "pods"];

    [Theory]
    [InlineData(false, 30_000, 21)]
    [InlineData(false, 30_000, 22)]
    [InlineData(true, 10_000, 23)]
    public async Task RandomHistory_EqualsDumbTwin(bool onDisk, int steps, int seed)
    {
        if (int.TryParse(Environment.GetEnvironmentVariable(StepsVariable), out var asked))
        {
            (steps, seed) = (onDisk ? asked / 10 : asked, Environment.TickCount + seed);
        }
        using var directory = new TestDirectory();
        var run = new Run(new Random(seed), onDisk ? directory : null);
        try
        {
            while (run.Steps < steps)
            {
                await run.StepAsync();
            }
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            throw new InvalidOperationException($"seed {seed}, step {run.Steps}: {error.Message}", error);
        }
        finally
        {
            await run.EndAsync();
        }
        output.WriteLine($"{run.Steps} steps: {string.Join(", ", run.Counts.OrderBy(item => item.Key).Select(item => $"{item.Value} {item.Key}"))}");
        Assert.All(
            (string[])["writes", "lists", "compacted lists", "pages", "watches", "resumed watches", "compacted watches", "overrun watches", "changes seen"],
            what => Assert.True(run.Counts.GetValueOrDefault(what) > 0, what));
    }

    private sealed class Run(Random random, TestDirectory? directory)
    {
        private static readonly HistoryLimits s_limits = new(HistoryLimit, long.MaxValue, TimeSpan.FromDays(10), Backlog);
        private readonly List<(IStoreWatch Real, TwinWatch Twin)> _watches = [];
        private readonly List<(string Resource, string? Namespace, long Revision, ObjectKey After)> _pages = [];
        private readonly TwinStore _twin = new(1, HistoryLimit);
        private ObjectStore _store = Open(directory);

        public int Steps { get; private set; }

        public Dictionary<string, int> Counts { get; } = [];

        public async Task StepAsync()
        {
            Steps++;
            switch (random.Next(100))
            {
                case < 55:
                    await WriteAsync();
                    break;
                case < 65:
                    List();
                    break;
                case < 73:
                    Page();
                    break;
                case < 78:
                    Watch();
                    break;
                case < 98:
                    Read();
                    break;
                case 98:
                    Get();
                    break;
                default:
                    await RestartAsync();
                    break;
            }
        }

        public async Task EndAsync() => await _store.DisposeAsync();

        private static ObjectStore Open(TestDirectory? directory) => directory is null
            ? ObjectStore.InMemory(TimeProvider.System, NullLogger.Instance, s_limits)
            : ObjectStore.Open(directory.Options, IndexOf, TimeProvider.System, NullLogger.Instance, s_limits);

        private async Task WriteAsync()
        {
            var requests = Enumerable.Range(0, random.Next(1, 9)).Select(_ => Request()).ToList();
            // All at once, in this order: batches of all sizes come about.
            var answers = await Task.WhenAll(requests.Select(item => _store.TryAsync(item.Request)));
            for (var i = 0; i < requests.Count; i++)
            {
                Assert.Equal(_twin.Write(requests[i].Request, requests[i].Text), (answers[i].Outcome, answers[i].Object?.Revision));
            }
            Assert.Equal(_twin.Revision, _store.Revision);
            Assert.Equal(_twin.CompactedRevision, _store.CompactedRevision);
            Steps += requests.Count - 1;
            Count("writes", requests.Count);
        }

        private (WriteRequest Request, string Text) Request()
        {
            var (resource, ns, name) = (Resource(), $"ns{random.Next(3)}", $"n{random.Next(40)}");
            var expected = random.Next(2) == 0 ? 0 : _twin.Get(new ObjectKey(resource, ns, name))?.Revision + random.Next(2) ?? random.NextInt64(1, _twin.Revision + 1);
            var text = new string((char)('a' + random.Next(26)), random.Next(30));
            return random.Next(5) switch
            {
                < 2 => (Create(name, text, ns, resource), text),
                < 4 => (Replace(name, text, expected, ns, resource), text),
                _ => (Delete(name, expected, ns, resource), text),
            };
        }

        private void List()
        {
            var (resource, ns, revision) = (Resource(), Namespace(), Revision());
            var expected = _twin.List(resource, ns, revision);
            var found = _store.List(resource, ns, revision);
            Equal(expected, found?.Items);
            Count(found is null ? "compacted lists" : "lists");
            if (found is { Items.Count: > 3 })
            {
                // A page ends here; its rest is asked for later, at this revision.
                _pages.Add((resource, ns, found.Revision, found.Items[random.Next(found.Items.Count - 1)].Key));
            }
        }

        private void Page()
        {
            if (_pages.Count == 0)
            {
                return;
            }
            var at = random.Next(_pages.Count);
            var (resource, ns, revision, after) = _pages[at];
            var text = $"{after.Namespace}/{after.Name}";
            var expected = _twin.List(resource, ns, revision)?.Where(item => string.CompareOrdinal($"{item.Key.Namespace}/{item.Key.Name}", text) > 0).ToList();
            var rest = _store.List(resource, ns, revision)?.After(after.Namespace, after.Name);
            Equal(expected, rest);
            Count(rest is null ? "compacted pages" : "pages");
            _pages.RemoveAt(at);
            if (rest is { Count: > 1 })
            {
                _pages.Add((resource, ns, revision, rest[random.Next(rest.Count - 1)].Key));
            }
        }

        private void Watch()
        {
            if (_watches.Count >= 8)
            {
                // Let go, and resume where it ended, in the same place of the history.
                var (old, twin) = _watches[0];
                Drop(0);
                Start(twin.Resource, twin.Namespace, twin.Last, "resumed watches");
                old.Dispose();
                return;
            }
            Start(Resource(), Namespace(), random.Next(4) == 0 ? _twin.Revision + random.Next(5) : Revision(), "watches");
        }

        private void Start(string resource, string? ns, long after, string what)
        {
            var twin = _twin.Watch(resource, ns, after, Backlog);
            var real = _store.Watch(resource, ns, after);
            Assert.Equal(twin is null, real is null);
            Count(real is null ? "compacted watches" : what);
            if (real is not null)
            {
                _watches.Add((real, twin!));
            }
        }

        private void Read()
        {
            if (_watches.Count == 0)
            {
                return;
            }
            var at = random.Next(_watches.Count);
            var (real, twin) = _watches[at];
            Assert.Equal(twin.Overrun, real.Overrun);
            for (var left = random.Next(20); left > 0 && twin.Expected.TryDequeue(out var expected); left--)
            {
                Assert.True(real.Changes.TryRead(out var change), "a change is missing");
                Assert.Equal(expected.Kind, change.Kind);
                Equal(expected.Object, change.Object);
                Assert.Equal(expected.Previous is null, change.Previous is null);
                if (expected.Previous is not null)
                {
                    Equal(expected.Previous, change.Previous!);
                }
                twin.Last = change.Object.Revision;
                Count("changes seen");
            }
            if (twin.Expected.Count == 0)
            {
                Assert.False(real.Changes.TryRead(out _), "a change too many");
                Assert.Equal(twin.Overrun, real.Changes.Completion.IsCompleted);
                if (twin.Overrun)
                {
                    Count("overrun watches");
                    Drop(at);
                    Start(twin.Resource, twin.Namespace, twin.Last, "resumed watches");
                    real.Dispose();
                }
                else
                {
                    Assert.True(real.ProgressRevision == _twin.Revision);
                }
            }
        }

        private void Get()
        {
            var key = new ObjectKey(Resource(), $"ns{random.Next(3)}", $"n{random.Next(40)}");
            var (expected, found) = (_twin.Get(key), _store.Get(key));
            Assert.Equal(expected is null, found is null);
            if (expected is not null)
            {
                Equal(expected, found!);
            }
        }

        private async Task RestartAsync()
        {
            if (directory is null || random.Next(10) != 0)
            {
                return;
            }
            await _store.DisposeAsync();
            Assert.All(_watches, watch => Assert.Equal(watch.Twin.Expected.Count == 0, watch.Real.Changes.Completion.IsCompleted));
            _watches.Clear();
            _pages.RemoveAll(page => page.Revision != _twin.Revision);
            _twin.Restart();
            _store = Open(directory);
            Count("restarts");
            foreach (var resource in s_resources)
            {
                Equal(_twin.List(resource, null, 0), _store.List(resource, null)!.Items);
            }
        }

        private void Drop(int at)
        {
            _twin.Watches.Remove(_watches[at].Twin);
            _watches.RemoveAt(at);
        }

        private string Resource() => s_resources[random.Next(s_resources.Length)];

        private string? Namespace() => random.Next(2) == 0 ? null : $"ns{random.Next(3)}";

        private long Revision() => random.Next(3) == 0 ? 0 : Math.Max(1, _twin.Revision - random.Next(700));

        private void Count(string what, int more = 1) => Counts[what] = Counts.GetValueOrDefault(what) + more;

        private static void Equal(List<TwinObject>? expected, IReadOnlyList<StoredObject>? found)
        {
            Assert.Equal(expected is null, found is null);
            Assert.Equal(expected?.Count, found?.Count);
            for (var i = 0; i < expected?.Count; i++)
            {
                Equal(expected[i], found![i]);
            }
        }

        private static void Equal(TwinObject expected, StoredObject found)
        {
            Assert.Equal((expected.Key, expected.Revision, expected.CreateRevision), (found.Key, found.Revision, found.CreateRevision));
            var json = Encoding.UTF8.GetString(found.Json.Span);
            Assert.True(json.Contains($"\"resourceVersion\":\"{expected.Revision}\"", StringComparison.Ordinal), json);
            Assert.True(json.EndsWith($"\"value\":\"{expected.Text}\"}}}}", StringComparison.Ordinal), json);
        }
    }
}
