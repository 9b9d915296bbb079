using Proa.EndToEnd.Tests.Harness;

namespace Proa.EndToEnd.Tests.Cli;

public sealed class SideBySideTests
{
    [Fact]
    public async Task TwoClusters_DoNotTouchEachOther_AndResetLeavesNothing()
    {
        var before = await MachineState.ReadAsync();
        var busybox = await Images.Busybox;
        var one = await TestCluster.StartAsync();
        await using (var two = await TestCluster.StartAsync())
        {
            await RunServerAsync(one, busybox, "one");
            await RunServerAsync(two, busybox, "two");

            Assert.Equal("one\n", await AskAsync(one));
            Assert.Equal("two\n", await AskAsync(two));

            (await one.ResetAsync()).Must();
            Assert.False(Directory.Exists(one.DataDir));
            Assert.Equal("two\n", await AskAsync(two));
            await one.DisposeAsync();
        }

        Assert.Equal(before, await MachineState.ReadAsync());
    }

    private static async Task RunServerAsync(TestCluster cluster, string busybox, string answer)
    {
        await cluster.ImportAsync(busybox);
        await cluster.Kubectl.ApplyAsync($$$"""
            apiVersion: v1
            kind: Pod
            metadata: {name: web, labels: {app: web}}
            spec:
              containers:
              - name: web
                image: busybox:1.35
                imagePullPolicy: Never
                command: [sh, -c, "mkdir /www; echo {{{answer}}} > /www/index.html; exec httpd -f -p 8080 -h /www"]
                readinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 1}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: web}
            spec: {type: NodePort, selector: {app: web}, ports: [{port: 80, targetPort: 8080, nodePort: {{{cluster.FirstNodePort}}} }]}
            """);
        await cluster.Kubectl.WaitAsync("default", "pod/web", "condition=Ready");
    }

    private static async Task<string> AskAsync(TestCluster cluster)
    {
        using var client = PatientHttp.Client();
        return await client.GetStringAsync($"http://127.0.0.1:{cluster.FirstNodePort}/", TestContext.Current.CancellationToken);
    }
}
