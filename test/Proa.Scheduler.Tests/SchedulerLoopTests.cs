using Microsoft.Extensions.Logging.Abstractions;
using Proa.Api.Models.Core;
using Proa.Api.Models.Scheduling;
using Proa.Api.Schema;
using Proa.ApiServer;
using Proa.ApiServer.Security;
using Proa.ApiServer.Types;
using Proa.Client;
using Proa.Client.Informers;
using Proa.Store;

namespace Proa.Scheduler.Tests;

/// <summary>The whole scheduler on a real API server in this process.</summary>
public sealed class SchedulerLoopTests : IAsyncLifetime
{
    private readonly ObjectStore _store = ObjectStore.InMemory(TimeProvider.System);
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly List<Task> _running = [];
    private IClusterClient _client = null!;
    private IInformer<Pod> _pods = null!;
    private IInformer<Event> _events = null!;

    public async ValueTask InitializeAsync()
    {
        var server = new ApiServer.ApiServer(new ApiServerOptions
        {
            Store = _store,
            Types = TypeCatalog.BuiltIn(SchemaRegistry.BuiltIn),
            Clock = TimeProvider.System,
            Logging = NullLoggerFactory.Instance,
        });
        _client = server.ClientFor(new UserInfo("system:kube-scheduler", [UserInfo.AdministratorsGroup]), "kube-scheduler");
        await CreateAsync(new Namespace { Metadata = new() { Name = "default" } });
        await CreateAsync(new ServiceAccount { Metadata = new() { Name = "default", Namespace = "default" } });
        var informers = new InformerFactory(_client, TimeProvider.System, NullLoggerFactory.Instance);
        _pods = informers.Get<Pod>();
        _events = informers.Get<Event>();
        _running.Add(informers.RunAsync(_stop.Token));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running);
        await _store.DisposeAsync();
        _stop.Dispose();
    }

    [Fact]
    public async Task RunAsync_PodFits_IsBoundAndTold()
    {
        await CreateAsync(Build.Node("n"));
        Start();
        await CreateAsync(NewPod("p"));
        var pod = await PodAsync("p", pod => pod.Spec.NodeName == "n");
        Assert.Equal("True", Condition(pod)!.Status);
        var told = await EventAsync("Scheduled");
        Assert.Equal(("Normal", "Successfully assigned default/p to n", "default-scheduler", "Binding"), (told.Type, told.Message, told.ReportingComponent, told.Action));
        Assert.Equal((pod.Metadata.Uid, "Pod"), (told.InvolvedObject.Uid, told.InvolvedObject.Kind));
        Assert.NotNull(told.EventTime);
    }

    [Fact]
    public async Task RunAsync_NoNodeFits_SaysWhyUntilOneDoes()
    {
        const string message = "0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, "
            + "preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.";
        await CreateAsync(Build.Node("small", cpu: "1"));
        Start();
        await CreateAsync(NewPod("p", "2"));
        var pod = await PodAsync("p", pod => Condition(pod) is not null);
        Assert.Equal(("False", "Unschedulable", message), (Condition(pod)!.Status, Condition(pod)!.Reason, Condition(pod)!.Message));
        var told = await EventAsync("FailedScheduling");
        Assert.Equal(("Warning", message, "Scheduling"), (told.Type, told.Message, told.Action));
        await CreateAsync(Build.Node("large"));
        pod = await PodAsync("p", pod => pod.Spec.NodeName == "large");
        Assert.Equal("True", Condition(pod)!.Status);
    }

    [Fact]
    public async Task RunAsync_PodGoes_ItsPlaceIsTaken()
    {
        await CreateAsync(Build.Node("n", cpu: "1"));
        Start();
        await CreateAsync(NewPod("first", "700m"));
        await PodAsync("first", pod => pod.Spec.NodeName == "n");
        await CreateAsync(NewPod("second", "700m"));
        await PodAsync("second", pod => Condition(pod) is { Status: "False" });
        Assert.True((await _client.DeleteAsync<Pod>("default", "first", new DeleteRequest(GraceSeconds: 0), Ct)).Ok);
        await PodAsync("second", pod => pod.Spec.NodeName == "n");
    }

    [Fact]
    public async Task RunAsync_SchedulingGate_HoldsThePod()
    {
        await CreateAsync(Build.Node("n"));
        Start();
        var gated = NewPod("gated");
        await CreateAsync(gated with { Spec = gated.Spec with { SchedulingGates = [new() { Name = "example.com/wait" }] } });
        // What came later goes first.
        await CreateAsync(NewPod("free"));
        await PodAsync("free", pod => pod.Spec.NodeName == "n");
        Assert.Null((await PodAsync("gated", _ => true)).Spec.NodeName);
        await _client.ModifyAsync<Pod>("default", "gated", pod => pod with { Spec = pod.Spec with { SchedulingGates = [] } }, Ct);
        await PodAsync("gated", pod => pod.Spec.NodeName == "n");
    }

    [Fact]
    public async Task RunAsync_OtherSchedulersPod_IsLeftAlone()
    {
        await CreateAsync(Build.Node("n"));
        Start();
        var other = NewPod("other");
        await CreateAsync(other with { Spec = other.Spec with { SchedulerName = "mine" } });
        await CreateAsync(NewPod("p"));
        await PodAsync("p", pod => pod.Spec.NodeName == "n");
        Assert.Null((await PodAsync("other", _ => true)).Spec.NodeName);
    }

    [Fact]
    public async Task RunAsync_ManyPodsAtOnce_AreAllPlacedAndNoNodeIsOverCommitted()
    {
        for (var i = 0; i < 10; i++)
        {
            await CreateAsync(Build.Node($"n{i}", cpu: "2"));
        }
        Start();
        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => CreateAsync(NewPod($"p{i}", "100m"))));
        for (var i = 0; i < 200; i++)
        {
            await PodAsync($"p{i}", pod => !string.IsNullOrEmpty(pod.Spec.NodeName));
        }
        Assert.All(_pods.List().GroupBy(pod => pod.Spec.NodeName), node => Assert.Equal(20, node.Count()));
        await CreateAsync(NewPod("late", "100m"));
        await PodAsync("late", pod => Condition(pod) is { Status: "False" });
    }

    [Fact]
    public async Task RunAsync_HigherPriority_TakesAnothersPlace_AndEachIsTold()
    {
        await CreateAsync(new PriorityClass { Metadata = new() { Name = "high" }, Value = 1000 });
        await CreateAsync(Build.Node("n", cpu: "1"));
        Start();
        await CreateAsync(NewPod("low", "1"));
        await PodAsync("low", pod => pod.Spec.NodeName == "n");
        await CreateAsync(NewPod("high", "1").With(spec => spec with { PriorityClassName = "high" }));

        var victim = await PodAsync("low", pod => pod.Metadata.DeletionTimestamp is not null);
        var why = victim.Status.Conditions.Single(condition => condition.Type == "DisruptionTarget");
        Assert.Equal(
            ("True", "PreemptionByScheduler", "default-scheduler: preempting to accommodate a higher priority pod"), (why.Status, why.Reason, why.Message));
        var waiting = await PodAsync("high", pod => pod.Status.NominatedNodeName == "n");
        var told = await EventAsync("Preempted");
        Assert.Equal(("Normal", $"Preempted by pod {waiting.Metadata.Uid} on node n", "Preempting"), (told.Type, told.Message, told.Action));

        // What comes later does not get the place.
        await CreateAsync(NewPod("later", "1"));
        await PodAsync("later", pod => Condition(pod) is { Status: "False" });
        Assert.True((await _client.DeleteAsync<Pod>("default", "low", new DeleteRequest(GraceSeconds: 0), Ct)).Ok);
        await PodAsync("high", pod => pod.Spec.NodeName == "n");
    }

    [Fact]
    public async Task RunAsync_TwoSchedulersRace_EachPodIsBoundOnce()
    {
        for (var i = 0; i < 5; i++)
        {
            await CreateAsync(Build.Node($"n{i}"));
        }
        Start();
        Start();
        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => CreateAsync(NewPod($"p{i}", "10m"))));
        for (var i = 0; i < 100; i++)
        {
            await PodAsync($"p{i}", pod => !string.IsNullOrEmpty(pod.Spec.NodeName));
        }
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static PodCondition? Condition(Pod pod) => pod.Status.Conditions.FirstOrDefault(condition => condition.Type == "PodScheduled");

    private static Pod NewPod(string name, string? cpu = null) =>
        Build.Pod(name, cpu) is var pod ? pod with { Metadata = pod.Metadata with { Uid = null } } : pod;

    private void Start()
    {
        // Informers of its own, as a scheduler in another process has.
        var informers = new InformerFactory(_client, TimeProvider.System, NullLoggerFactory.Instance);
        _running.Add(informers.RunAsync(_stop.Token));
        _running.Add(new SchedulerLoop(_client, informers, new SchedulerOptions(), TimeProvider.System, NullLogger.Instance).RunAsync(_stop.Token));
    }

    private async Task CreateAsync<T>(T obj) where T : class, Proa.Api.Meta.IResource<T>
    {
        var answer = await _client.CreateAsync(obj, Ct);
        Assert.True(answer.Ok, answer.Error?.Message);
        if (obj is Node)
        {
            // A node's status is its own to write.
            var read = (await _client.GetAsync<Node>(null, obj.Metadata.Name!, Ct)).Value;
            var told = await _client.UpdateStatusAsync(read with { Status = ((Node)(object)obj).Status }, Ct);
            // A node starts with the taint of one that is not ready; the node lifecycle controller takes it away.
            Assert.True((await _client.UpdateAsync(told.Value with { Spec = told.Value.Spec with { Taints = [] } }, Ct)).Ok);
        }
    }

    private Task<Pod> PodAsync(string name, Func<Pod, bool> when) => FirstAsync(_pods, pod => pod.Metadata.Name == name && when(pod));

    private Task<Event> EventAsync(string reason) => FirstAsync(_events, e => e.Reason == reason);

    private static async Task<T> FirstAsync<T>(IInformer<T> informer, Func<T, bool> when) where T : class, Proa.Api.Meta.IResource<T>
    {
        var found = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var subscription = informer.Subscribe(change =>
        {
            if (change.New is { } now && when(now))
            {
                found.TrySetResult(now);
            }
        });
        return await found.Task.WaitAsync(TimeSpan.FromSeconds(30), Ct);
    }
}
