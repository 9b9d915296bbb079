using System.Text;
using Proa.Store.Index;
using static Proa.Store.Tests.StoreRequests;

namespace Proa.Store.Tests.Model;

/// <summary>
/// A random history on one store, or on several that share it, and their dumb twins: bursts of writes, lists at revisions, pages that
/// go on after writes, watches that lag, overrun, end and resume, compaction, and restarts.
/// </summary>
internal sealed class HistoryRun(Random random, IReadOnlyList<HistorySide> sides)
{
    public const int HistoryLimit = 150;
    private const string StepsVariable = "PROA_MODEL_STEPS";
    private const int Backlog = 8;
    private static readonly string[] s_resources = [Maps, "secrets", "pods"];

    private readonly Dictionary<string, int> _counts = [];
    private HistorySide _side = sides[0];
    private int _steps;

    public static HistoryLimits Limits { get; } = new(HistoryLimit, long.MaxValue, TimeSpan.FromDays(10), Backlog);

    /// <summary>How many steps to take; null: as many as the test says.</summary>
    public static int? AskedSteps => int.TryParse(Environment.GetEnvironmentVariable(StepsVariable), out var asked) ? asked : null;

    private bool IsShared => sides.Count > 1;

    private TwinStore Twin => _side.Twin;

    /// <summary>Takes so many steps, and closes the stores.</summary>
    public async Task RunAsync(int steps, int seed)
    {
        try
        {
            while (_steps < steps)
            {
                await StepAsync();
            }
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            throw new InvalidOperationException($"seed {seed}, step {_steps}: {error.Message}", error);
        }
        finally
        {
            foreach (var side in sides)
            {
                await side.Store.DisposeAsync();
            }
        }
        Assert.All(
            (string[])["writes", "lists", "compacted lists", "pages", "watches", "resumed watches", "compacted watches", "overrun watches", "changes seen"],
            what => Assert.True(_counts.GetValueOrDefault(what) > 0, what));
    }

    public override string ToString() => $"{_steps} steps: {string.Join(", ", _counts.OrderBy(item => item.Key).Select(item => $"{item.Value} {item.Key}"))}";

    private async Task StepAsync()
    {
        _steps++;
        var what = random.Next(100);
        if (what < 55)
        {
            await WriteAsync();
            return;
        }
        _side = sides[random.Next(sides.Count)];
        Assert.Null(await _side.Store.ReadBarrierAsync(TestContext.Current.CancellationToken));
        switch (what)
        {
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
                await (random.Next(10) switch
                {
                    0 => RestartAsync(),
                    1 => LoseAsync(),
                    _ => Task.CompletedTask,
                });
                break;
        }
    }

    private Task WriteAsync() => WriteAsync(sides);

    private async Task WriteAsync(IReadOnlyList<HistorySide> through)
    {
        var requests = Enumerable.Range(0, random.Next(1, 9)).Select(_ => Request()).ToList();
        if (IsShared)
        {
            // Nobody knows their order before they are done: that of two writes of one object would matter.
            requests = [.. requests.DistinctBy(static item => item.Request.Key)];
        }
        // All at once, in this order: batches of all sizes come about.
        var answers = await Task.WhenAll(requests.Select(item => through[random.Next(through.Count)].Store.TryAsync(item.Request)));
        var inOrder = requests.Zip(answers).ToList();
        if (IsShared)
        {
            inOrder = [.. inOrder.OrderBy(static item => item.Second.Outcome == WriteOutcome.Done ? item.Second.Object!.Revision : 0)];
        }
        foreach (var ((request, text), answer) in inOrder)
        {
            foreach (var side in sides)
            {
                Assert.Equal(
                    side.Twin.Write(request, text, IsShared ? answer.Object?.Revision : null), (answer.Outcome, answer.Object?.Revision));
            }
        }
        if (!IsShared)
        {
            Assert.Equal(Twin.Revision, _side.Store.Revision);
            Assert.Equal(Twin.CompactedRevision, _side.Store.CompactedRevision);
        }
        _steps += requests.Count - 1;
        Count("writes", requests.Count);
    }

    private (WriteRequest Request, string Text) Request()
    {
        var (resource, ns, name) = (Resource(), $"ns{random.Next(3)}", $"n{random.Next(40)}");
        var expected = random.Next(2) == 0 ? 0 : Twin.Get(new ObjectKey(resource, ns, name))?.Revision + random.Next(2) ?? random.NextInt64(1, Twin.Revision + 1);
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
        var expected = Twin.List(resource, ns, revision);
        var found = _side.Store.List(resource, ns, revision);
        Equal(expected, found?.Items);
        Count(found is null ? "compacted lists" : "lists");
        if (found is { Items.Count: > 3 })
        {
            // A page ends here; its rest is asked for later, at this revision.
            _side.Pages.Add((resource, ns, found.Revision, found.Items[random.Next(found.Items.Count - 1)].Key));
        }
    }

    private void Page()
    {
        if (_side.Pages.Count == 0)
        {
            return;
        }
        var at = random.Next(_side.Pages.Count);
        var (resource, ns, revision, after) = _side.Pages[at];
        var text = $"{after.Namespace}/{after.Name}";
        var expected = Twin.List(resource, ns, revision)?.Where(item => string.CompareOrdinal($"{item.Key.Namespace}/{item.Key.Name}", text) > 0).ToList();
        var rest = _side.Store.List(resource, ns, revision)?.After(after.Namespace, after.Name);
        Equal(expected, rest);
        Count(rest is null ? "compacted pages" : "pages");
        _side.Pages.RemoveAt(at);
        if (rest is { Count: > 1 })
        {
            _side.Pages.Add((resource, ns, revision, rest[random.Next(rest.Count - 1)].Key));
        }
    }

    private void Watch()
    {
        if (_side.Watches.Count >= 8)
        {
            // Let go, and resume where it ended, in the same place of the history.
            var (old, twin) = _side.Watches[0];
            Drop(0);
            Start(twin.Resource, twin.Namespace, twin.Last, "resumed watches");
            old.Dispose();
            return;
        }
        Start(Resource(), Namespace(), random.Next(4) == 0 ? Twin.Revision + random.Next(5) : Revision(), "watches");
    }

    private void Start(string resource, string? ns, long after, string what)
    {
        var twin = Twin.Watch(resource, ns, after, Backlog);
        var real = _side.Store.Watch(resource, ns, after);
        Assert.Equal(twin is null, real is null);
        Count(real is null ? "compacted watches" : what);
        if (real is not null)
        {
            _side.Watches.Add((real, twin!));
        }
    }

    private void Read()
    {
        if (_side.Watches.Count == 0)
        {
            return;
        }
        var at = random.Next(_side.Watches.Count);
        var (real, twin) = _side.Watches[at];
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
                Assert.True(IsShared ? real.ProgressRevision >= Twin.Revision : real.ProgressRevision == Twin.Revision);
            }
        }
    }

    private void Get()
    {
        var key = new ObjectKey(Resource(), $"ns{random.Next(3)}", $"n{random.Next(40)}");
        var (expected, found) = (Twin.Get(key), _side.Store.Get(key));
        Assert.Equal(expected is null, found is null);
        if (expected is not null)
        {
            Equal(expected, found!);
        }
    }

    private async Task RestartAsync()
    {
        if (_side.Open is not { } open)
        {
            return;
        }
        await _side.Store.DisposeAsync();
        Assert.All(_side.Watches, watch => Assert.Equal(watch.Twin.Expected.Count == 0, watch.Real.Changes.Completion.IsCompleted));
        _side.Watches.Clear();
        _side.Pages.RemoveAll(page => page.Revision != Twin.Revision);
        _side.Store = await open();
        Anew(Twin.Restart);
        Count("restarts");
    }

    private async Task LoseAsync()
    {
        if (_side.Lose is not { } lose)
        {
            return;
        }
        var known = Twin.Watches.Select(static watch => watch.Expected.Count).ToList();
        await lose(() => WriteAsync([.. sides.Where(side => side != _side)]));
        Assert.Null(await _side.Store.ReadBarrierAsync(TestContext.Current.CancellationToken));
        // What happened meanwhile is told to nobody.
        foreach (var (watch, count) in Twin.Watches.Zip(known))
        {
            watch.Forget(count);
        }
        Anew(Twin.Reload);
        Count("losses of history");
    }

    /// <summary>All is there, and nothing of what was before.</summary>
    private void Anew(Action<long> twin)
    {
        var store = _side.Store;
        Assert.True(IsShared ? store.CompactedRevision >= Twin.Revision : store.CompactedRevision == Twin.Revision);
        twin(store.CompactedRevision);
        foreach (var resource in s_resources)
        {
            Equal(Twin.List(resource, null, 0), store.List(resource, null)!.Items);
        }
    }

    private void Drop(int at)
    {
        Twin.Watches.Remove(_side.Watches[at].Twin);
        _side.Watches.RemoveAt(at);
    }

    private string Resource() => s_resources[random.Next(s_resources.Length)];

    private string? Namespace() => random.Next(2) == 0 ? null : $"ns{random.Next(3)}";

    private long Revision() => random.Next(3) == 0 ? 0 : Math.Max(1, Twin.Revision - random.Next(700));

    private void Count(string what, int more = 1) => _counts[what] = _counts.GetValueOrDefault(what) + more;

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
