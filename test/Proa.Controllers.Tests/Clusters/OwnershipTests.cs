using System.Text;
using Proa.Api.Models.Apps;
using Proa.Api.Models.Coordination;
using Proa.Api.Models.Core;
using Proa.Api.Models.Discovery;
using Proa.Client;
using Proa.Controllers.Tests.Support;

namespace Proa.Controllers.Tests.Clusters;

public sealed class OwnershipTests : IAsyncLifetime
{
    private TestCluster _cluster = null!;

    public async ValueTask InitializeAsync() => _cluster = await TestCluster.StartAsync(options => options with { NodeGracePeriod = TimeSpan.FromSeconds(2) });

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task ReplicaSet_OrphanMatches_IsAdopted_AndReleasedWhenItDoesNotAnyMore()
    {
        await _cluster.CreateAsync("""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"orphan","labels":{"app":"a"}},"spec":{"containers":[{"name":"c","image":"i"}]}}""");
        await ReplicaSetAsync(2);
        var orphan = await _cluster.WaitAsync<Pod>("default", "orphan", pod => pod.Metadata.OwnerReferences.Count == 1);
        Assert.Equal(("ReplicaSet", "r", true), (orphan.Metadata.OwnerReferences[0].Kind, orphan.Metadata.OwnerReferences[0].Name, orphan.Metadata.OwnerReferences[0].Controller));
        await _cluster.WaitAllAsync<Pod>("default", pods => pods.Count == 2);

        await _cluster.Client.PatchAsync<Pod>("default", "orphan", PatchKind.Merge, """{"metadata":{"labels":{"app":"b"}}}"""u8.ToArray(), _cluster.Ct);
        await _cluster.WaitAsync<Pod>("default", "orphan", pod => pod.Metadata.OwnerReferences.Count == 0);
        await _cluster.WaitAllAsync<Pod>("default", pods => pods.Count == 3);
    }

    [Fact]
    public async Task ReplicationController_KeepsItsNumber_AdoptsAndReleases_AndTellsWhatAQuotaRefuses()
    {
        await _cluster.CreateAsync("""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"orphan","labels":{"app":"a"}},"spec":{"containers":[{"name":"c","image":"i"}]}}""");
        // By then the controllers know it too.
        await _cluster.WaitAsync<Pod>("default", "orphan", pod => pod.Status.Phase == "Running");
        await _cluster.CreateAsync("""
            {"apiVersion":"v1","kind":"ReplicationController","metadata":{"name":"r"},"spec":{"replicas":2,
            "template":{"metadata":{"labels":{"app":"a"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}}
            """);
        var orphan = await _cluster.WaitAsync<Pod>("default", "orphan", pod => pod.Metadata.OwnerReferences.Count == 1);
        Assert.Equal(("v1", "ReplicationController", "r"), (orphan.Metadata.OwnerReferences[0].ApiVersion, orphan.Metadata.OwnerReferences[0].Kind, orphan.Metadata.OwnerReferences[0].Name));
        var full = await _cluster.WaitAsync<ReplicationController>("default", "r", r => r.Status is { Replicas: 2, ReadyReplicas: 2, AvailableReplicas: 2 });
        Assert.Equal((2, full.Metadata.Generation), (full.Status.FullyLabeledReplicas, full.Status.ObservedGeneration));

        await _cluster.CreateAsync("""{"apiVersion":"v1","kind":"ResourceQuota","metadata":{"name":"q"},"spec":{"hard":{"pods":"2"}}}""");
        await _cluster.Client.PatchAsync<Pod>("default", "orphan", PatchKind.Merge, """{"metadata":{"labels":{"app":"b"}}}"""u8.ToArray(), _cluster.Ct);
        await _cluster.WaitAsync<Pod>("default", "orphan", pod => pod.Metadata.OwnerReferences.Count == 0);
        var refused = await _cluster.WaitAsync<ReplicationController>("default", "r", r => r.Status.Conditions.Count == 1);
        Assert.Equal(("ReplicaFailure", "True", "FailedCreate"), (refused.Status.Conditions[0].Type, refused.Status.Conditions[0].Status, refused.Status.Conditions[0].Reason));

        await _cluster.Client.PatchAsync<ReplicationController>("default", "r", PatchKind.Merge, """{"spec":{"replicas":1}}"""u8.ToArray(), _cluster.Ct);
        await _cluster.WaitAsync<ReplicationController>("default", "r", r => r.Status is { Replicas: 1, Conditions.Count: 0 });
    }

    [Fact]
    public async Task Job_LosesAPod_TakesItBackWhileItMatches_AndReplacesItWhenItDoesNot()
    {
        await _cluster.CreateAsync("""
            {"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"j"},"spec":{"parallelism":1,"completions":2,
            "template":{"metadata":{"labels":{"app":"a"}},"spec":{"restartPolicy":"Never","containers":[{"name":"c","image":"i"}]}}}}
            """);
        var pods = await _cluster.WaitAllAsync<Pod>("default", pods => pods.Count == 1 && pods[0].Status.Phase == "Running");
        var name = pods[0].Metadata.Name!;
        await _cluster.Client.PatchAsync<Pod>("default", name, PatchKind.Merge, """{"metadata":{"ownerReferences":null}}"""u8.ToArray(), _cluster.Ct);
        await _cluster.WaitAsync<Pod>("default", name, pod => pod.Metadata.OwnerReferences.Count == 1 && pod.Metadata.Finalizers.Count == 1);
        await _cluster.Client.PatchAsync<Pod>("default", name, PatchKind.Merge, """{"metadata":{"labels":null}}"""u8.ToArray(), _cluster.Ct);
        await _cluster.WaitAllAsync<Pod>("default", pods => pods.Count == 2);
        // Nobody is to count it any more.
        await _cluster.WaitAsync<Pod>("default", name, pod => pod.Metadata.OwnerReferences.Count == 0 && pod.Metadata.Finalizers.Count == 0);
    }

    [Fact]
    public async Task Delete_Orphan_LeavesThePodsWithoutOwner()
    {
        await ReplicaSetAsync(2);
        await _cluster.WaitAsync<ReplicaSet>("default", "r", r => r.Status.ReadyReplicas == 2);
        await _cluster.Client.DeleteAsync<ReplicaSet>("default", "r", new DeleteRequest(Propagation: "Orphan"), _cluster.Ct);
        await _cluster.WaitAllAsync<ReplicaSet>("default", sets => sets.Count == 0);
        await _cluster.WaitAllAsync<Pod>("default", pods => pods.Count == 2 && pods.All(pod => pod.Metadata.OwnerReferences.Count == 0 && pod.Metadata.DeletionTimestamp is null));
    }

    [Fact]
    public async Task Delete_Foreground_WaitsForThePods()
    {
        await ReplicaSetAsync(2);
        await _cluster.WaitAsync<ReplicaSet>("default", "r", r => r.Status.ReadyReplicas == 2);
        _cluster.Pods.Ends = false;
        await _cluster.Client.DeleteAsync<ReplicaSet>("default", "r", new DeleteRequest(Propagation: "Foreground"), _cluster.Ct);
        await _cluster.WaitAllAsync<Pod>("default", pods => pods.Count == 2 && pods.All(pod => pod.Metadata.DeletionTimestamp is not null));
        var waiting = (await _cluster.Client.GetAsync<ReplicaSet>("default", "r", _cluster.Ct)).Value;
        Assert.Equal(["foregroundDeletion"], waiting.Metadata.Finalizers);
        _cluster.Pods.Ends = true;
        foreach (var pod in (await _cluster.Client.ListAsync<Pod>("default", ListOptions.All, _cluster.Ct)).Value.Items)
        {
            await _cluster.Client.DeleteAsync<Pod>("default", pod.Metadata.Name!, new DeleteRequest(GraceSeconds: 0), _cluster.Ct);
        }
        await _cluster.WaitAllAsync<ReplicaSet>("default", sets => sets.Count == 0);
    }

    [Fact]
    public async Task OwnerThatNeverWas_TakesItsDependentWithIt_ButOneOwnerOfTwoDoesNot()
    {
        var owner = System.Text.Json.JsonDocument.Parse(await _cluster.CreateAsync("""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"owner"}}"""));
        var uid = owner.RootElement.GetProperty("metadata").GetProperty("uid").GetString();
        const string lost = """{"apiVersion":"v1","kind":"ConfigMap","name":"owner","uid":"00000000-0000-0000-0000-000000000000"}""";
        await _cluster.CreateAsync($$$"""{"apiVersion":"v1","kind":"Secret","metadata":{"name":"two","ownerReferences":[{{{lost}}},{"apiVersion":"v1","kind":"ConfigMap","name":"owner","uid":"{{{uid}}}"}]} }""");
        await _cluster.CreateAsync($$$"""{"apiVersion":"v1","kind":"Secret","metadata":{"name":"one","ownerReferences":[{{{lost}}}]} }""");
        await _cluster.WaitAllAsync<Secret>("default", secrets => secrets.Count == 1 && secrets[0].Metadata.Name == "two" && secrets[0].Metadata.OwnerReferences.Count == 1);
        await _cluster.Client.DeleteAsync<ConfigMap>("default", "owner", DeleteRequest.Default, _cluster.Ct);
        await _cluster.WaitAllAsync<Secret>("default", secrets => secrets.Count == 0);
    }

    [Fact]
    public async Task Circle_ThatBlocksItself_GoesWithItsFirstMember()
    {
        foreach (var name in new[] { "a", "b", "c" })
        {
            await _cluster.CreateAsync($$$"""{"apiVersion":"v1","kind":"Secret","metadata":{"name":"{{{name}}}"} }""");
        }
        foreach (var (name, ownerName) in new[] { ("a", "c"), ("b", "a"), ("c", "b") })
        {
            var owner = (await _cluster.Client.GetAsync<Secret>("default", ownerName, _cluster.Ct)).Value;
            await _cluster.Client.ModifyAsync<Secret>("default", name, secret => secret with
            {
                Metadata = secret.Metadata with
                {
                    OwnerReferences = [new() { ApiVersion = "v1", Kind = "Secret", Name = ownerName, Uid = owner.Metadata.Uid!, Controller = true, BlockOwnerDeletion = true }],
                },
            }, _cluster.Ct);
        }

        await _cluster.Client.DeleteAsync<Secret>("default", "a", new DeleteRequest(Propagation: "Foreground"), _cluster.Ct);

        await _cluster.WaitAllAsync<Secret>("default", secrets => secrets.Count == 0);
    }

    [Fact]
    public async Task Lease_OfANode_GoesWithIt_AcrossScopes()
    {
        await _cluster.CreateAsync("""{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"n1","namespace":"kube-node-lease"}}""");
        var node = (await _cluster.Client.GetAsync<Node>(null, "n1", _cluster.Ct)).Value;
        await _cluster.Client.ModifyAsync<Lease>("kube-node-lease", "n1", lease => lease with
        {
            Metadata = lease.Metadata with { OwnerReferences = [new() { ApiVersion = "v1", Kind = "Node", Name = "n1", Uid = node.Metadata.Uid! }] },
        }, _cluster.Ct);
        await _cluster.Client.DeleteAsync<Node>(null, "n1", DeleteRequest.Default, _cluster.Ct);
        await _cluster.WaitAllAsync<Lease>("kube-node-lease", leases => leases.Count == 0);
    }

    [Fact]
    public async Task Namespace_New_GetsAccountAndCertificates_AndDeleted_LosesEverything()
    {
        await _cluster.CreateAsync("""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"x"}}""");
        Assert.Equal("PEM", (await _cluster.WaitAsync<ConfigMap>("x", "kube-root-ca.crt", _ => true)).Data["ca.crt"]);
        Assert.Equal("", (await _cluster.WaitAsync<ConfigMap>("x", "openshift-service-ca.crt", _ => true)).Data["service-ca.crt"]);
        await _cluster.WaitAsync<ServiceAccount>("x", "default", _ => true);
        await _cluster.CreateAsync("""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","namespace":"x"},"spec":{"containers":[{"name":"c","image":"i"}]}}""");
        await _cluster.WaitAsync<Pod>("x", "p", pod => pod.Status.Phase == "Running");
        await _cluster.CreateAsync("""{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s","namespace":"x"}}""");
        await _cluster.CreateAsync("""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"held","namespace":"x","finalizers":["a/b"]}}""");
        await _cluster.Client.DeleteAsync<Namespace>(null, "x", DeleteRequest.Default, _cluster.Ct);
        var waiting = await _cluster.WaitAsync<Namespace>(null, "x", ns => ns.Status.Conditions.Any(condition => condition is { Type: "NamespaceFinalizersRemaining", Status: "True" }));
        Assert.Equal("Terminating", waiting.Status.Phase);
        Assert.Equal("Some content in the namespace has finalizers remaining: a/b in 1 resource instances", waiting.Status.Conditions.Single(condition => condition.Type == "NamespaceFinalizersRemaining").Message);
        await _cluster.Client.PatchAsync<ConfigMap>("x", "held", PatchKind.Merge, """{"metadata":{"finalizers":null}}"""u8.ToArray(), _cluster.Ct);
        await _cluster.WaitAllAsync<Namespace>(null, all => all.All(ns => ns.Metadata.Name != "x"));
        Assert.Empty((await _cluster.Client.ListAsync<Secret>("x", ListOptions.All, _cluster.Ct)).Value.Items);
    }

    [Fact]
    public async Task Endpoints_KeptByHand_AreMirrored()
    {
        await _cluster.CreateAsync("""{"apiVersion":"v1","kind":"Service","metadata":{"name":"s"},"spec":{"ports":[{"port":80}]}}""");
        await _cluster.CreateAsync("""{"apiVersion":"v1","kind":"Endpoints","metadata":{"name":"s"},"subsets":[{"addresses":[{"ip":"192.0.2.1"}],"notReadyAddresses":[{"ip":"192.0.2.2"}],"ports":[{"port":8080}]}]}""");
        var slices = await _cluster.WaitAllAsync<EndpointSlice>("default", slices => slices.Count == 1 && slices[0].Endpoints.Count == 2);
        Assert.Equal("endpointslicemirroring-controller.k8s.io", slices[0].Metadata.Labels["endpointslice.kubernetes.io/managed-by"]);
        Assert.Equal([true, false], slices[0].Endpoints.Select(endpoint => endpoint.Conditions.Ready));
        await _cluster.Client.DeleteAsync<Api.Models.Core.Endpoints>("default", "s", DeleteRequest.Default, _cluster.Ct);
        await _cluster.WaitAllAsync<EndpointSlice>("default", slices => slices.Count == 0);
    }

    [Fact]
    public async Task Node_Silent_IsTaintedAndItsPodsLeave_AndMendsWhenItSpeaks()
    {
        await _cluster.CreateAsync("""
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"i"}],
            "tolerations":[{"key":"node.kubernetes.io/unreachable","operator":"Exists","effect":"NoExecute","tolerationSeconds":0}]}}
            """);
        await _cluster.CreateAsync("""
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"patient"},"spec":{"containers":[{"name":"c","image":"i"}],
            "tolerations":[{"key":"node.kubernetes.io/unreachable","operator":"Exists","effect":"NoExecute"}]}}
            """);
        await _cluster.WaitAsync<Pod>("default", "patient", pod => pod.Status.Phase == "Running");
        var node = await _cluster.WaitAsync<Node>(null, "n1", node => node.Spec.Taints.Any(taint => taint is { Key: "node.kubernetes.io/unreachable", Effect: "NoExecute" }));
        Assert.Equal(("Unknown", "NodeStatusUnknown"), node.Status.Conditions.Where(condition => condition.Type == "Ready").Select(condition => (condition.Status, condition.Reason)).Single());
        await _cluster.WaitAllAsync<Pod>("default", pods => pods.Count == 1 && pods[0].Metadata.Name == "patient" && !Proa.Controllers.Common.PodFacts.IsReady(pods[0]));

        await _cluster.ReadyAsync("n1");
        await _cluster.WaitAsync<Node>(null, "n1", node => node.Spec.Taints.Count == 0);
    }

    private Task ReplicaSetAsync(int replicas) => _cluster.CreateAsync($$$"""
        {"apiVersion":"apps/v1","kind":"ReplicaSet","metadata":{"name":"r"},"spec":{"replicas":{{{replicas}}},
        "selector":{"matchLabels":{"app":"a"}},"template":{"metadata":{"labels":{"app":"a"}},"spec":{"containers":[{"name":"c","image":"i"}]} } } }
        """);
}
