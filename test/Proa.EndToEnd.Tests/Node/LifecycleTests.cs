using Proa.EndToEnd.Tests.Harness;

namespace Proa.EndToEnd.Tests.Node;

/// <summary>What a container is told of its start and its end, and in which order.</summary>
[Collection("busybox")]
public sealed class LifecycleTests(BusyboxCluster fixture) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("proa-hooks-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Hooks_RunAfterTheStartAndBeforeTheSignal()
    {
        var ns = await fixture.NamespaceAsync();
        await fixture.Kubectl.ApplyAsync($$$"""
            apiVersion: v1
            kind: Pod
            metadata: {name: p, namespace: {{{ns}}}}
            spec:
              terminationGracePeriodSeconds: 20
              volumes: [{name: told, hostPath: {path: {{{_folder}}}}}]
              containers:
              - name: c
                image: busybox:1.35
                imagePullPolicy: Never
                volumeMounts: [{name: told, mountPath: /told}]
                command: [sh, -c, "trap 'echo term >> /told/log; exit 0' TERM; while [ ! -e /told/started ]; do sleep 0.1; done; echo main >> /told/log; sleep 1000 & wait"]
                lifecycle:
                  postStart: {exec: {command: [sh, -c, "echo post > /told/log; touch /told/started; until grep -q main /told/log; do sleep 0.1; done"]}}
                  preStop: {exec: {command: [sh, -c, "echo pre >> /told/log"]}}
            """);
        await fixture.Kubectl.WaitAsync(ns, "pod/p", "condition=Ready");

        await fixture.Kubectl.MustAsync("-n", ns, "delete", "pod", "p", "--timeout=60s");

        Assert.Equal(["post", "main", "pre", "term"], await File.ReadAllLinesAsync(Path.Combine(_folder, "log"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task PostStart_Fails_KillsTheContainerAndSaysSo()
    {
        var ns = await fixture.NamespaceAsync();
        await fixture.Kubectl.ApplyAsync($$$"""
            apiVersion: v1
            kind: Pod
            metadata: {name: p, namespace: {{{ns}}}}
            spec:
              terminationGracePeriodSeconds: 0
              containers:
              - name: c
                image: busybox:1.35
                imagePullPolicy: Never
                command: [sleep, "1000"]
                lifecycle: {postStart: {exec: {command: [sh, -c, "exit 7"]} } }
            """);

        await Eventually.TrueAsync(fixture.Kubectl, ns, async () => (await fixture.Kubectl.MustAsync(
            "-n", ns, "get", "events", "-o", "jsonpath={.items[*].reason}")).Contains("FailedPostStartHook", StringComparison.Ordinal), kind: "events");
        await fixture.Kubectl.WaitAsync(ns, "pod/p", "jsonpath={.status.containerStatuses[0].lastState.terminated.exitCode}=137");
    }
}
