using System.Text.Json.Nodes;
using System.Threading.Channels;
using Proa.Client;
using Proa.Client.Http;
using Proa.EndToEnd.Tests.Harness;

namespace Proa.EndToEnd.Tests.Behaviour;

/// <summary>One cluster on which all scenarios run side by side, each in a namespace of its own.</summary>
public sealed class BehaviourCluster : IAsyncLifetime
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<string, Channel<bool>> _changes = [];
    private readonly Dictionary<string, Task<IReadOnlyList<string>>> _runs = [];
    private TestCluster _cluster = null!;
    private HttpClusterClient _client = null!;
    private Task _watching = Task.CompletedTask;

    public async ValueTask InitializeAsync()
    {
        const string Image = "docker.io/library/busybox:1.35";
        var busybox = await Images.Busybox;
        _cluster = await TestCluster.StartAsync();
        await _cluster.ImportAsync(busybox);
        _client = new(KubeConfig.Load(Path.Combine(_cluster.DataDir, "kubeconfig")), "proa-behaviour");
        foreach (var name in Scenario.Names)
        {
            _changes[$"b-{name}"] = Channel.CreateUnbounded<bool>();
        }
        _watching = Task.WhenAll(ScenarioRun.Watched.Select(WatchAsync));
        using var turn = new SemaphoreSlim(20);
        foreach (var name in Scenario.Names)
        {
            var ns = $"b-{name}";
            var placeholders = new Placeholders(ns, _cluster.NodeName, Image, _cluster.PodPrefix, _cluster.ServicePrefix);
            var run = new ScenarioRun(name, ns, _cluster.Kubectl, _client, placeholders, Image, _changes[ns].Reader);
            _runs[name] = InTurnAsync(turn, () => run.RunAsync(TimeSpan.FromSeconds(45)));
        }
        await Task.WhenAll(_runs.Values.Select(run => run.ContinueWith(static _ => { }, TaskScheduler.Default)));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        _client?.Dispose();
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }

    internal Task<IReadOnlyList<string>> ResultAsync(string name) => _runs[name];

    private static async Task<IReadOnlyList<string>> InTurnAsync(SemaphoreSlim turn, Func<Task<IReadOnlyList<string>>> run)
    {
        await turn.WaitAsync();
        try
        {
            return await run();
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task WatchAsync(ResourcePath path)
    {
        try
        {
            await foreach (var item in _client.WatchAsync(path, new WatchOptions(Bookmarks: false), _stop.Token))
            {
                if (JsonNode.Parse(item.Json.Span)!["metadata"]?["namespace"]?.ToString() is { } ns && _changes.TryGetValue(ns, out var changes))
                {
                    changes.Writer.TryWrite(true);
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }
}
