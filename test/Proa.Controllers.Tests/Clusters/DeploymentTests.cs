using System.Text;
using Proa.Api.Models.Apps;
using Proa.Api.Models.Core;
using Proa.Api.Models.Discovery;
using Proa.Client;
using Proa.Controllers.Tests.Support;

namespace Proa.Controllers.Tests.Clusters;

public sealed class DeploymentTests : IAsyncLifetime
{
    private TestCluster _cluster = null!;

    public async ValueTask InitializeAsync() => _cluster = await TestCluster.StartAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Create_ThreeReplicas_BecomesAvailableAsRecorded()
    {
        await CreateAsync(3);
        var d = await CompleteAsync(3);
        Assert.Equal("1", d.Metadata.Annotations["deployment.kubernetes.io/revision"]);
        Assert.Equal("True/NewReplicaSetAvailable", Condition(d, "Progressing"));
        Assert.Equal("True/MinimumReplicasAvailable", Condition(d, "Available"));
        Assert.Equal((3, 3, 3, 3, null, 0), (d.Status.Replicas, d.Status.UpdatedReplicas, d.Status.ReadyReplicas, d.Status.AvailableReplicas, d.Status.UnavailableReplicas, d.Status.TerminatingReplicas));

        var set = Assert.Single(await ListAsync<ReplicaSet>());
        var hash = set.Metadata.Labels["pod-template-hash"];
        Assert.Equal($"d-{hash}", set.Metadata.Name);
        Assert.Equal(hash, set.Spec.Selector.MatchLabels["pod-template-hash"]);
        Assert.Equal(("1", "3", "4"), (
            set.Metadata.Annotations["deployment.kubernetes.io/revision"],
            set.Metadata.Annotations["deployment.kubernetes.io/desired-replicas"],
            set.Metadata.Annotations["deployment.kubernetes.io/max-replicas"]));
        var pods = await ListAsync<Pod>();
        Assert.All(pods, pod =>
        {
            Assert.Matches($"^d-{hash}-[bcdfghjklmnpqrstvwxz2456789]{{5}}$", pod.Metadata.Name);
            Assert.Equal(("ReplicaSet", set.Metadata.Uid, true, true), (
                pod.Metadata.OwnerReferences[0].Kind, pod.Metadata.OwnerReferences[0].Uid, pod.Metadata.OwnerReferences[0].Controller, pod.Metadata.OwnerReferences[0].BlockOwnerDeletion));
        });
        await EventsAsync(events => events.Contains($"Deployment ScalingReplicaSet Scaled up replica set d-{hash} from 0 to 3 deployment-controller 1")
            && events.Count(e => e.StartsWith("ReplicaSet SuccessfulCreate Created pod: d-", StringComparison.Ordinal) && e.EndsWith(" replicaset-controller 1", StringComparison.Ordinal)) == 3);
    }

    [Fact]
    public async Task Update_NewImage_RollsAndUndoReturnsToTheOldSet()
    {
        await CreateAsync(4);
        await CompleteAsync(4);
        var first = Assert.Single(await ListAsync<ReplicaSet>());
        await ImageAsync("v2");
        var d = await _cluster.WaitAsync<Deployment>("default", "d", d => IsComplete(d, 4) && d.Metadata.Annotations.GetValueOrDefault("deployment.kubernetes.io/revision") == "2");
        Assert.Equal(2, (await ListAsync<ReplicaSet>()).Count);
        Assert.All(await _cluster.WaitAllAsync<Pod>("default", pods => pods.Count == 4), pod => Assert.Equal("v2", pod.Spec.Containers[0].Image));

        await ImageAsync("i");
        d = await _cluster.WaitAsync<Deployment>("default", "d", d => IsComplete(d, 4) && d.Metadata.Annotations.GetValueOrDefault("deployment.kubernetes.io/revision") == "3");
        var again = (await _cluster.Client.GetAsync<ReplicaSet>("default", first.Metadata.Name!, _cluster.Ct)).Value;
        Assert.Equal((4, "3", "1"), (again.Spec.Replicas, again.Metadata.Annotations["deployment.kubernetes.io/revision"], again.Metadata.Annotations["deployment.kubernetes.io/revision-history"]));
    }

    [Fact]
    public async Task Update_TwentyReplicas_NeverLeavesTheBounds()
    {
        await CreateAsync(20);
        await CompleteAsync(20);
        var first = (await _cluster.Client.ListAsync<Pod>("default", ListOptions.All, _cluster.Ct)).Value;
        var pods = first.Items.ToDictionary(pod => pod.Metadata.Name!);
        await ImageAsync("v2");
        await foreach (var (kind, pod) in _cluster.Client.WatchAsync<Pod>("default", new WatchOptions(first.ResourceVersion), _cluster.Ct))
        {
            if (kind == WatchKind.Deleted)
            {
                pods.Remove(pod.Metadata.Name!);
            }
            else
            {
                pods[pod.Metadata.Name!] = pod;
            }
            var live = pods.Values.Where(pod => pod.Metadata.DeletionTimestamp is null).ToList();
            Assert.True(live.Count(Proa.Controllers.Common.PodFacts.IsReady) >= 15, "too few that serve");
            if (pods.Count == 20 && live.Count == 20 && live.All(pod => pod.Spec.Containers[0].Image == "v2" && Proa.Controllers.Common.PodFacts.IsReady(pod)))
            {
                await SurgeStaysBelowAsync(25, first.ResourceVersion);
                return;
            }
        }
        Assert.Fail("the watch ended before the rollout");
    }

    // The surge bounds what the sets ask for, not the pods: a set that was scaled down may still be deleting its last ones while
    // the next is scaled up. The watch tells all of a rollout that is over, from the revision before it.
    private async Task SurgeStaysBelowAsync(int most, string from)
    {
        var asked = new Dictionary<string, int>();
        await foreach (var (_, set) in _cluster.Client.WatchAsync<ReplicaSet>("default", new WatchOptions(from), _cluster.Ct))
        {
            asked[set.Metadata.Name!] = set.Spec.Replicas ?? 1;
            Assert.InRange(asked.Values.Sum(), 0, most);
            if (asked.Count == 2 && asked.Values.Order().SequenceEqual([0, 20]) && set.Spec.Replicas == 0)
            {
                return;
            }
        }
    }

    [Fact]
    public async Task Update_BadImage_StopsAtTheDeadlineAndKeepsServing()
    {
        await CreateAsync(2, deadline: 1);
        await CompleteAsync(2);
        await ImageAsync("bad");
        var d = await _cluster.WaitAsync<Deployment>("default", "d", d => Condition(d, "Progressing") == "False/ProgressDeadlineExceeded"
            && (d.Status.Replicas, d.Status.UpdatedReplicas, d.Status.AvailableReplicas, d.Status.UnavailableReplicas) == (3, 1, 2, 1));
        Assert.Equal("True/MinimumReplicasAvailable", Condition(d, "Available"));
        Assert.Matches("^ReplicaSet \"d-[a-z0-9]+\" has timed out progressing.$", d.Status.Conditions.Single(condition => condition.Type == "Progressing").Message);
    }

    [Fact]
    public async Task Scale_UpAndDown_KeepsOneSet()
    {
        await CreateAsync(2);
        await CompleteAsync(2);
        await ModifyAsync(d => d with { Spec = d.Spec with { Replicas = 5 } });
        await CompleteAsync(5);
        await ModifyAsync(d => d with { Spec = d.Spec with { Replicas = 1 } });
        await CompleteAsync(1);
        Assert.Single(await _cluster.WaitAllAsync<Pod>("default", pods => pods.Count == 1));
        var set = Assert.Single(await ListAsync<ReplicaSet>());
        Assert.Equal("1", set.Metadata.Annotations["deployment.kubernetes.io/desired-replicas"]);
    }

    [Fact]
    public async Task Recreate_NewImage_NeverRunsBoth()
    {
        await CreateAsync(3, strategy: """{"type":"Recreate"}""");
        await CompleteAsync(3);
        _cluster.Pods.Ends = false;
        await ImageAsync("v2");
        await _cluster.WaitAllAsync<Pod>("default", pods => pods.Count == 3 && pods.All(pod => pod.Metadata.DeletionTimestamp is not null));
        Assert.Single(await ListAsync<ReplicaSet>());
        _cluster.Pods.Ends = true;
        foreach (var pod in await ListAsync<Pod>())
        {
            await _cluster.Client.DeleteAsync<Pod>("default", pod.Metadata.Name!, new DeleteRequest(GraceSeconds: 0), _cluster.Ct);
        }
        await _cluster.WaitAsync<Deployment>("default", "d", d => IsComplete(d, 3) && d.Metadata.Annotations["deployment.kubernetes.io/revision"] == "2");
    }

    [Fact]
    public async Task Pause_ThenChangeAndResume_RollsOnlyAfterwards()
    {
        await CreateAsync(2);
        await CompleteAsync(2);
        await ModifyAsync(d => d with { Spec = d.Spec with { Paused = true } });
        await _cluster.WaitAsync<Deployment>("default", "d", d => Condition(d, "Progressing") == "Unknown/DeploymentPaused");
        await ImageAsync("v2");
        await ModifyAsync(d => d with { Spec = d.Spec with { Replicas = 3 } });
        await _cluster.WaitAsync<Deployment>("default", "d", d => d.Status.ObservedGeneration == d.Metadata.Generation && d.Status.AvailableReplicas == 3);
        Assert.Single(await ListAsync<ReplicaSet>());
        await ModifyAsync(d => d with { Spec = d.Spec with { Paused = null } });
        await _cluster.WaitAsync<Deployment>("default", "d", d => IsComplete(d, 3) && d.Metadata.Annotations["deployment.kubernetes.io/revision"] == "2");
    }

    [Fact]
    public async Task DeletePod_IsReplaced_AndDeleteDeployment_TakesEverything()
    {
        await CreateAsync(2);
        await CompleteAsync(2);
        var victim = (await ListAsync<Pod>())[0].Metadata.Name!;
        await _cluster.Client.DeleteAsync<Pod>("default", victim, DeleteRequest.Default, _cluster.Ct);
        await _cluster.WaitAllAsync<Pod>("default", pods => pods.Count == 2 && pods.All(pod => pod.Metadata.Name != victim));
        await _cluster.Client.DeleteAsync<Deployment>("default", "d", new DeleteRequest(Propagation: "Background"), _cluster.Ct);
        await _cluster.WaitAllAsync<Pod>("default", pods => pods.Count == 0);
        await _cluster.WaitAllAsync<ReplicaSet>("default", sets => sets.Count == 0);
    }

    [Fact]
    public async Task RevisionHistoryLimit_OldSets_AreDeleted()
    {
        await CreateAsync(1);
        await ModifyAsync(d => d with { Spec = d.Spec with { RevisionHistoryLimit = 1 } });
        for (var version = 2; version <= 4; version++)
        {
            await ImageAsync($"v{version}");
            await _cluster.WaitAsync<Deployment>("default", "d", d => IsComplete(d, 1) && d.Metadata.Annotations["deployment.kubernetes.io/revision"] == $"{version}");
        }
        await _cluster.WaitAllAsync<ReplicaSet>("default", sets => sets.Count == 2);
    }

    [Fact]
    public async Task Service_OverADeployment_FollowsItsPods()
    {
        await _cluster.CreateAsync("""{"apiVersion":"v1","kind":"Service","metadata":{"name":"s","labels":{"l":"1"}},"spec":{"selector":{"app":"a"},"ports":[{"port":80,"targetPort":8080}]}}""");
        await CreateAsync(3);
        var slices = await _cluster.WaitAllAsync<EndpointSlice>("default", slices => slices.Count == 1 && slices[0].Endpoints.Count(endpoint => endpoint.Conditions.Ready == true) == 3);
        Assert.Matches("^s-[a-z0-9]{5}$", slices[0].Metadata.Name);
        Assert.Equal(("s", "endpointslice-controller.k8s.io", "1"), (
            slices[0].Metadata.Labels["kubernetes.io/service-name"], slices[0].Metadata.Labels["endpointslice.kubernetes.io/managed-by"], slices[0].Metadata.Labels["l"]));
        Assert.Equal((8080, "TCP", ""), (slices[0].Ports[0].Port, slices[0].Ports[0].Protocol, slices[0].Ports[0].Name));
        var endpoints = await _cluster.WaitAsync<Api.Models.Core.Endpoints>("default", "s", e => e.Subsets.Count == 1 && e.Subsets[0].Addresses.Count == 3);
        Assert.Equal(8080, endpoints.Subsets[0].Ports[0].Port);

        _cluster.Pods.Ends = false;
        var victim = slices[0].Endpoints[0].TargetRef!.Name!;
        await _cluster.Client.DeleteAsync<Pod>("default", victim, DeleteRequest.Default, _cluster.Ct);
        slices = await _cluster.WaitAllAsync<EndpointSlice>("default", slices => slices.Sum(slice => slice.Endpoints.Count) == 4
            && slices.SelectMany(slice => slice.Endpoints).Single(endpoint => endpoint.TargetRef!.Name == victim).Conditions
                == new EndpointConditions { Ready = false, Serving = true, Terminating = true });
        await _cluster.WaitAsync<Api.Models.Core.Endpoints>("default", "s", e => e.Subsets.Count == 1 && e.Subsets[0].Addresses.Count == 3 && e.Subsets[0].Addresses.All(address => address.TargetRef!.Name != victim));

        await _cluster.Client.DeleteAsync<Service>("default", "s", DeleteRequest.Default, _cluster.Ct);
        await _cluster.WaitAllAsync<EndpointSlice>("default", slices => slices.Count == 0);
        await _cluster.WaitAllAsync<Api.Models.Core.Endpoints>("default", all => all.Count == 0);
        _cluster.Pods.Ends = true;
    }

    private Task CreateAsync(int replicas, string image = "i", int deadline = 600, string strategy = "{}") => _cluster.CreateAsync($$$"""
        {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"replicas":{{{replicas}}},"progressDeadlineSeconds":{{{deadline}}},"strategy":{{{strategy}}},
        "selector":{"matchLabels":{"app":"a"}},"template":{"metadata":{"labels":{"app":"a"}},"spec":{"containers":[{"name":"c","image":"{{{image}}}"}]} } } }
        """);

    private Task<Deployment> CompleteAsync(int replicas) => _cluster.WaitAsync<Deployment>("default", "d", d => IsComplete(d, replicas));

    private static bool IsComplete(Deployment d, int replicas) => (d.Status.ObservedGeneration ?? 0) == (d.Metadata.Generation ?? 0) && d.Spec.Replicas == replicas
        && d.Status.AvailableReplicas == replicas && d.Status.Replicas == replicas && d.Status.UpdatedReplicas == replicas && d.Status.TerminatingReplicas == 0
        && Condition(d, "Progressing") == "True/NewReplicaSetAvailable";

    private async Task ModifyAsync(Func<Deployment, Deployment> change) =>
        Assert.True((await _cluster.Client.ModifyAsync("default", "d", change, _cluster.Ct)).Ok);

    private async Task ImageAsync(string image) => Assert.True((await _cluster.Client.PatchAsync<Deployment>(
        "default", "d", PatchKind.Strategic,
        Encoding.UTF8.GetBytes($$"""{"spec":{"template":{"spec":{"containers":[{"name":"c","image":"{{image}}"}]} } } }"""), _cluster.Ct)).Ok);

    private async Task<IReadOnlyList<T>> ListAsync<T>() where T : class, Api.Meta.IResource<T> =>
        (await _cluster.Client.ListAsync<T>("default", ListOptions.All, _cluster.Ct)).Value.Items;

    private Task EventsAsync(Func<List<string>, bool> expected) => _cluster.WaitAllAsync<Event>("default", events => expected(
        [.. events.Select(e => $"{e.InvolvedObject.Kind} {e.Reason} {e.Message} {e.Source.Component} {e.Count}")]));

    private static string? Condition(Deployment d, string type) =>
        d.Status.Conditions.Where(condition => condition.Type == type).Select(condition => $"{condition.Status}/{condition.Reason}").FirstOrDefault();
}
