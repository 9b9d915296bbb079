using Proa.Api.Models.Batch;
using Proa.Api.Models.Core;
using Proa.Client;
using Proa.Client.Http;

namespace Proa.Testing.Tests;

public sealed class TestClusterTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Start_TenSideBySide_EachHasItsOwnObjects()
    {
        var clusters = await Task.WhenAll(Enumerable.Range(0, 10).Select(static _ => TestCluster.StartAsync()));
        await Task.WhenAll(clusters.Select((cluster, i) => cluster.ApplyAsync($"{{apiVersion: v1, kind: ConfigMap, metadata: {{name: only-{i}}}}}")));

        for (var i = 0; i < clusters.Length; i++)
        {
            var maps = await clusters[i].Client.ListAsync<ConfigMap>("default", ListOptions.All, Ct);
            Assert.Equal([$"only-{i}"], maps.Value.Items.Select(static map => map.Metadata.Name!).Where(static name => name.StartsWith("only", StringComparison.Ordinal)));
        }
        await Task.WhenAll(clusters.Select(static cluster => cluster.DisposeAsync().AsTask()));
    }

    [Fact]
    public async Task Clock_MovedPastATimeToLive_TheControllerActs()
    {
        await using var cluster = await TestCluster.StartAsync(new() { Controllers = "serviceaccount,ttlafterfinished,garbagecollector" });
        await cluster.ApplyAsync("""
            apiVersion: batch/v1
            kind: Job
            metadata: {name: done}
            spec:
              ttlSecondsAfterFinished: 3600
              template:
                spec: {restartPolicy: Never, containers: [{name: c, image: i}]}
            """);
        await cluster.Client.ModifyAsync<Job>("default", "done", job => job with
        {
            Status = job.Status with
            {
                StartTime = cluster.Clock.GetUtcNow(),
                CompletionTime = cluster.Clock.GetUtcNow(),
                Conditions =
                [
                    new() { Type = "SuccessCriteriaMet", Status = "True", LastTransitionTime = cluster.Clock.GetUtcNow() },
                    new() { Type = "Complete", Status = "True", LastTransitionTime = cluster.Clock.GetUtcNow() },
                ],
            },
        }, Ct, "status");
        var gone = WatchGoneAsync<Job>(cluster, "done");

        while (!gone.IsCompleted)
        {
            cluster.Clock.Advance(TimeSpan.FromMinutes(10));
            await Task.WhenAny(gone, Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Ct));
        }

        await gone;
    }

    [Fact]
    public async Task Kubeconfig_FirstAsked_LetsOthersIn()
    {
        await using var cluster = await TestCluster.StartAsync();

        using var client = new HttpClusterClient(KubeConfig.Parse(await cluster.KubeconfigAsync(), ""), "test");
        var found = await client.GetAsync<Namespace>(null, "default", Ct);

        Assert.True(found.Ok, found.Error?.Message);
        Assert.Equal("Active", found.Value.Status.Phase);
    }

    [Fact]
    public async Task ClientFor_AccountWithoutRights_IsRefused()
    {
        await using var cluster = await TestCluster.StartAsync();

        var refused = await cluster.ClientFor("default", "default").ListAsync<Secret>("default", ListOptions.All, Ct);

        Assert.Equal(403, refused.Error!.Code);
    }

    [Fact]
    public async Task Apply_CustomResource_IsServedAndChecked()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.ApplyAsync("""
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: {name: things.example.com}
            spec:
              group: example.com
              scope: Namespaced
              names: {plural: things, kind: Thing}
              versions:
              - name: v1
                served: true
                storage: true
                schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {size: {type: integer, maximum: 3}}}}}}
            ---
            apiVersion: example.com/v1
            kind: Thing
            metadata: {name: fits}
            spec: {size: 3}
            """);

        var refused = await Assert.ThrowsAsync<ApiException>(() => cluster.ApplyAsync("{apiVersion: example.com/v1, kind: Thing, metadata: {name: big}, spec: {size: 4}}"));
        Assert.Contains("should be less than or equal to 3", refused.Message, StringComparison.Ordinal);
    }

    private static async Task WatchGoneAsync<T>(TestCluster cluster, string name) where T : class, Proa.Api.Meta.IResource<T>
    {
        await foreach (var (kind, _) in cluster.Client.WatchAsync<T>("default", new WatchOptions(FieldSelector: $"metadata.name={name}"), cluster.Stopping))
        {
            if (kind == WatchKind.Deleted)
            {
                return;
            }
        }
    }
}
