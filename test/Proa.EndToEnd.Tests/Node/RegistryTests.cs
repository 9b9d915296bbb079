using Proa.EndToEnd.Tests.Harness;

namespace Proa.EndToEnd.Tests.Node;

/// <summary>Images come from a real registry that wants to know who asks.</summary>
[Collection("busybox")]
public sealed class RegistryTests(BusyboxCluster fixture)
{
    [Fact]
    public async Task Pull_WithPullSecret_Runs_WithoutOne_SaysWhy()
    {
        await using var registry = await Registry.StartAsync();
        await registry.PushAsync(fixture.Cluster, "docker.io/library/busybox:1.35", "tools/busybox:1");
        var ns = await fixture.NamespaceAsync();
        await fixture.Kubectl.MustAsync("-n", ns, "create", "secret", "docker-registry", "pull",
            $"--docker-server={registry.Host}", $"--docker-username={Registry.User}", $"--docker-password={Registry.Password}");
        await fixture.Kubectl.ApplyAsync($$$"""
            apiVersion: v1
            kind: Pod
            metadata: {name: known, namespace: {{{ns}}}}
            spec:
              terminationGracePeriodSeconds: 0
              imagePullSecrets: [{name: pull}]
              containers: [{name: c, image: "{{{registry.Host}}}/tools/busybox:1", imagePullPolicy: Always, command: [sleep, "1000"]}]
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: unknown, namespace: {{{ns}}}}
            spec:
              terminationGracePeriodSeconds: 0
              containers: [{name: c, image: "{{{registry.Host}}}/tools/busybox:1", imagePullPolicy: Always, command: [sleep, "1000"]}]
            """);

        await fixture.Kubectl.WaitAsync(ns, "pod/known", "condition=Ready");
        await fixture.Kubectl.WaitAsync(ns, "pod/unknown", "jsonpath={.status.containerStatuses[0].state.waiting.reason}=ImagePullBackOff");

        var events = await fixture.Kubectl.MustAsync("-n", ns, "get", "events", "-o", "jsonpath={range .items[*]}{.involvedObject.name} {.reason} {.message}{\"\\n\"}{end}");
        Assert.Contains($"known Pulled Successfully pulled image \"{registry.Host}/tools/busybox:1\"", events);
        Assert.Contains($"unknown Failed Failed to pull image \"{registry.Host}/tools/busybox:1\"", events);
        Assert.DoesNotContain(Registry.Password, events);
    }
}
