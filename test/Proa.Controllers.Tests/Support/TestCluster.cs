using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Logging;
using Proa.Api.Meta;
using Proa.Api.Models;
using Proa.Api.Models.Core;
using Proa.Api.Schema;
using Proa.Client;
using Proa.Client.Informers;

namespace Proa.Controllers.Tests.Support;

/// <summary>
/// A real API server over a store in memory, with the roles of a fresh cluster in force, all controllers at work, and a stand-in for scheduler and node agent that
/// binds pods, says that they run, and ends them when they are deleted.
/// </summary>
public sealed class TestCluster : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new(TimeSpan.FromSeconds(20));
    private readonly Testing.TestCluster _cluster;
    private readonly Task _running;

    private TestCluster(Testing.TestCluster cluster, ErrorLog log)
    {
        (_cluster, Errors) = (cluster, log);
        Pods = new PodDriver(cluster.Client, (InformerFactory)cluster.Informers);
        _running = Pods.RunAsync(_stop.Token);
    }

    public IClusterClient Client => _cluster.Client;

    public InformerFactory Informers => (InformerFactory)_cluster.Informers;

    internal PodDriver Pods { get; }

    /// <summary>What was logged as an error: bugs.</summary>
    internal ErrorLog Errors { get; }

    public CancellationToken Ct => _stop.Token;

    public static async Task<TestCluster> StartAsync(Func<ControllerManagerOptions, ControllerManagerOptions>? change = null)
    {
        var log = new ErrorLog();
        var started = await Testing.TestCluster.StartAsync(new() { Controllers = "*", ConfigureControllers = change, Logging = log });
        var cluster = new TestCluster(started, log);
        await cluster.CreateAsync("""{"apiVersion":"v1","kind":"Node","metadata":{"name":"n1"}}""");
        await cluster.ReadyAsync("n1");
        return cluster;
    }

    /// <summary>Creates an object of a kind that is served; the answer as text.</summary>
    public async Task<string> CreateAsync(string json)
    {
        var value = Api.Json.JsonTree.ParseObject(Encoding.UTF8.GetBytes(json));
        var gvk = GroupVersionKind.Of(((Api.Json.JsonString)value["apiVersion"]!).Value, ((Api.Json.JsonString)value["kind"]!).Value);
        var type = SchemaRegistry.BuiltIn.Resources.First(resource => resource.Gvk == gvk);
        var ns = type.Namespaced ? ((value["metadata"] as Api.Json.JsonObject)?["namespace"] as Api.Json.JsonString)?.Value ?? "default" : null;
        var made = await Client.CreateAsync(new(type.Group, type.Version, type.Plural, ns), Encoding.UTF8.GetBytes(json), WriteOptions.Default, Ct);
        Assert.True(made.Ok, made.Error?.Message);
        return Encoding.UTF8.GetString(made.Value.Span);
    }

    /// <summary>Waits, by its watch, until an object is as expected.</summary>
    public async Task<T> WaitAsync<T>(string? ns, string name, Func<T, bool> expected) where T : class, IResource<T>
    {
        T? last = null;
        try
        {
            await foreach (var (kind, o) in Client.WatchAsync<T>(ns, new WatchOptions(FieldSelector: $"metadata.name={name}"), Ct))
            {
                last = o;
                if (kind != WatchKind.Deleted && expected(o))
                {
                    return o;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Told below, with what stood last.
        }
        throw new TimeoutException($"{T.Resource.Kind} {name} did not become as expected; last: {(last is null ? "none" : Encoding.UTF8.GetString(Model.ToUtf8(last)))}\n{Errors}");
    }

    /// <summary>Waits, by a watch, until a whole collection is as expected; what belongs to the API's own service is left out.</summary>
    public async Task<IReadOnlyList<T>> WaitAllAsync<T>(string? ns, Func<IReadOnlyList<T>, bool> expected) where T : class, IResource<T>
    {
        var all = new Dictionary<string, T>();
        try
        {
            var first = await Client.ListAsync<T>(ns, ListOptions.All, Ct);
            foreach (var o in first.Value.Items.Where(IsNotTheApis))
            {
                all[o.Metadata.Namespace + "/" + o.Metadata.Name] = o;
            }
            if (expected([.. all.Values]))
            {
                return [.. all.Values];
            }
            await foreach (var (kind, o) in Client.WatchAsync<T>(ns, new WatchOptions(first.Value.ResourceVersion), Ct))
            {
                var key = o.Metadata.Namespace + "/" + o.Metadata.Name;
                if (!IsNotTheApis(o))
                {
                    continue;
                }
                if (kind == WatchKind.Deleted)
                {
                    all.Remove(key);
                }
                else
                {
                    all[key] = o;
                }
                if (expected([.. all.Values]))
                {
                    return [.. all.Values];
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Told below.
        }
        throw new TimeoutException($"{T.Resource.Plural} did not become as expected; last: {string.Join("\n", all.Values.Select(o => Encoding.UTF8.GetString(Model.ToUtf8(o))))}\n{Errors}");
    }

    private static bool IsNotTheApis<T>(T o) where T : class, IResource<T> => o.Metadata.Name != "kubernetes";

    public Task ReadyAsync(string node) => Client.ModifyAsync<Node>(
        null, node, n => n with { Status = n.Status with { Conditions = [new() { Type = "Ready", Status = "True", LastHeartbeatTime = TimeProvider.System.GetUtcNow() }] } }, Ct, "status");

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        await _cluster.DisposeAsync();
        _stop.Dispose();
        Assert.Empty(Errors.Lines);
    }

    internal sealed class ErrorLog : ILoggerFactory, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                Lines.Enqueue($"{formatter(state, exception)} {exception}");
            }
        }

        public void Dispose()
        {
        }

        public override string ToString() => string.Join("\n", Lines);
    }
}
