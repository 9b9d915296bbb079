using System.Diagnostics;
using Proa.EndToEnd.Tests.Harness;

namespace Proa.EndToEnd.Tests.Clients;

/// <summary>Stock kubectl, with no special flags, does what its users do all day.</summary>
[Collection("busybox")]
public sealed class KubectlTests(BusyboxCluster fixture)
{
    private const string Web = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web, labels: {app: web}}
        spec:
          replicas: 2
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec:
              terminationGracePeriodSeconds: 1
              containers:
              - name: web
                image: busybox:1.35
                imagePullPolicy: Never
                command: [sh, -c, "mkdir -p /www; echo hello > /www/index.html; echo started; exec httpd -f -v -p 8080 -h /www"]
                ports: [{containerPort: 8080, name: http}]
                readinessProbe: {httpGet: {path: /, port: http}, periodSeconds: 1}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: web}
        spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}
        """;

    private Kubectl Kubectl => fixture.Kubectl;

    [Fact]
    public async Task Deployment_WholeLife()
    {
        var ns = await DeployAsync();

        Assert.Contains("2/2", await Kubectl.MustAsync("-n", ns, "get", "deployment", "web"));
        Assert.Contains("busybox:1.35", await Kubectl.MustAsync("-n", ns, "get", "deployment", "web", "-o", "wide"));
        Assert.Equal("2", await Kubectl.MustAsync("-n", ns, "get", "deployment", "web", "-o", "jsonpath={.status.readyReplicas}"));
        Assert.Contains("kind: Deployment", await Kubectl.MustAsync("-n", ns, "get", "deployment", "web", "-o", "yaml"));
        var described = await Kubectl.MustAsync("-n", ns, "describe", "deployment", "web");
        Assert.Contains("NewReplicaSetAvailable", described);
        Assert.Contains("ScalingReplicaSet", described);
        Assert.Contains("unchanged", (await Kubectl.RunWithInputAsync(Web, "-n", ns, "apply", "-f", "-")).Must());

        await Kubectl.MustAsync("-n", ns, "scale", "deployment", "web", "--replicas=3");
        await Kubectl.MustAsync("-n", ns, "rollout", "status", "deployment/web", "--timeout=60s");
        Assert.Equal("3", await Kubectl.MustAsync("-n", ns, "get", "deployment", "web", "-o", "jsonpath={.status.availableReplicas}"));

        await Kubectl.MustAsync("-n", ns, "set", "env", "deployment/web", "A=b");
        await Kubectl.MustAsync("-n", ns, "rollout", "status", "deployment/web", "--timeout=60s");
        var history = await Kubectl.MustAsync("-n", ns, "rollout", "history", "deployment/web");
        Assert.Contains("1", history);
        Assert.Contains("2", history);
        await Kubectl.MustAsync("-n", ns, "rollout", "undo", "deployment/web");
        await Kubectl.MustAsync("-n", ns, "rollout", "status", "deployment/web", "--timeout=60s");
        Assert.Equal("", await Kubectl.MustAsync("-n", ns, "get", "deployment", "web", "-o", "jsonpath={.spec.template.spec.containers[0].env}"));
        await Kubectl.MustAsync("-n", ns, "rollout", "restart", "deployment/web");
        await Kubectl.MustAsync("-n", ns, "rollout", "status", "deployment/web", "--timeout=60s");

        await Kubectl.MustAsync("-n", ns, "delete", "deployment", "web", "--timeout=60s");
        await Kubectl.MustAsync("-n", ns, "wait", "pod", "-l", "app=web", "--for=delete", "--timeout=60s");
    }

    [Fact]
    public async Task Pod_LogsExecCopyAndForward()
    {
        var ns = await DeployAsync();
        var pod = (await Kubectl.MustAsync("-n", ns, "get", "pods", "-l", "app=web", "-o", "jsonpath={.items[0].metadata.name}")).Trim();

        Assert.StartsWith("started\n", await Kubectl.MustAsync("-n", ns, "logs", pod));
        Assert.Equal("hello\n", await Kubectl.MustAsync("-n", ns, "exec", pod, "--", "cat", "/www/index.html"));
        Assert.Equal("over\n", (await Kubectl.RunWithInputAsync("over\n", "-n", ns, "exec", "-i", pod, "--", "cat")).Must());
        Assert.Equal(7, (await Kubectl.RunAsync("-n", ns, "exec", pod, "--", "sh", "-c", "exit 7")).ExitCode);
        Assert.Contains("/dev/pts/", (await Kubectl.OnTerminalAsync("tty; exit\n", "-n", ns, "exec", "-it", pod, "--", "sh")).Must());

        var local = Path.Combine(fixture.Cluster.DataDir, "copied.txt");
        await File.WriteAllTextAsync(local, new string('x', 300_000), TestContext.Current.CancellationToken);
        await Kubectl.MustAsync("-n", ns, "cp", local, $"{pod}:/tmp/copied.txt");
        Assert.StartsWith("300000 ", await Kubectl.MustAsync("-n", ns, "exec", pod, "--", "wc", "-c", "/tmp/copied.txt"));
        await Kubectl.MustAsync("-n", ns, "cp", $"{pod}:/tmp/copied.txt", local + ".back");
        Assert.Equal(300_000, new FileInfo(local + ".back").Length);

        using var forward = Kubectl.Start("-n", ns, "port-forward", pod, ":8080");
        var line = await forward.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        var port = line!.Split(' ')[2].Split(':')[1];
        using var client = new HttpClient();
        Assert.Equal("hello\n", await client.GetStringAsync($"http://127.0.0.1:{port}/", TestContext.Current.CancellationToken));
        forward.Kill();
        await Kubectl.MustAsync("delete", "namespace", ns, "--wait=false");
    }

    [Fact]
    public async Task Logs_FollowAndPrevious()
    {
        var ns = await fixture.NamespaceAsync();
        await ApplyAsync(ns, """
            apiVersion: v1
            kind: Pod
            metadata: {name: counter}
            spec:
              terminationGracePeriodSeconds: 0
              containers:
              - name: c
                image: busybox:1.35
                imagePullPolicy: Never
                command: [sh, -c, "if [ -e /state/once ]; then echo second; sleep 1000; fi; touch /state/once; echo first; exit 3"]
                volumeMounts: [{name: state, mountPath: /state}]
              volumes: [{name: state, emptyDir: {}}]
            """);
        await Eventually.TrueAsync(Kubectl, ns, async () => await Kubectl.MustAsync("-n", ns, "get", "pod", "counter", "-o", "jsonpath={.status.containerStatuses[0].restartCount} {.status.containerStatuses[0].state.running}") is var s && s.StartsWith("1 {", StringComparison.Ordinal));

        using var follow = Kubectl.Start("-n", ns, "logs", "-f", "counter");

        Assert.Equal("second", await follow.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        Assert.Equal("first\n", await Kubectl.MustAsync("-n", ns, "logs", "counter", "--previous"));
        follow.Kill();
        await Kubectl.MustAsync("delete", "namespace", ns, "--wait=false");
    }

    [Fact]
    public async Task Objects_LabelPatchEditApply()
    {
        var ns = await fixture.NamespaceAsync();
        await Kubectl.MustAsync("-n", ns, "create", "configmap", "c", "--from-literal=a=1");

        await Kubectl.MustAsync("-n", ns, "label", "configmap", "c", "tier=web");
        Assert.Contains("configmap/c", await Kubectl.MustAsync("-n", ns, "get", "configmap", "-l", "tier=web", "-o", "name"));
        await Kubectl.MustAsync("-n", ns, "patch", "configmap", "c", "--type=merge", "-p", """{"data":{"b":"2"}}""");
        await Kubectl.MustAsync("-n", ns, "patch", "configmap", "c", "--type=json", "-p", """[{"op":"remove","path":"/data/a"}]""");
        Assert.Equal("""{"b":"2"}""", await Kubectl.MustAsync("-n", ns, "get", "configmap", "c", "-o", "jsonpath={.data}"));
        (await CommandResult.RunAsync("kubectl", ["-n", ns, "edit", "configmap", "c"], null,
            new Dictionary<string, string> { ["KUBECONFIG"] = Path.Combine(fixture.Cluster.DataDir, "kubeconfig"), ["KUBE_EDITOR"] = "sed -i s/\\\"2\\\"/\\\"3\\\"/" })).Must();
        Assert.Equal("""{"b":"3"}""", await Kubectl.MustAsync("-n", ns, "get", "configmap", "c", "-o", "jsonpath={.data}"));

        const string Applied = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: s}\ndata: {x: \"1\"}\n";
        Assert.Contains("serverside-applied", (await Kubectl.RunWithInputAsync(Applied, "-n", ns, "apply", "--server-side", "-f", "-")).Must());
        var conflict = await Kubectl.RunWithInputAsync(Applied.Replace("\"1\"", "\"2\""), "-n", ns, "apply", "--server-side", "--field-manager=other", "-f", "-");
        Assert.NotEqual(0, conflict.ExitCode);
        Assert.Contains("conflict", conflict.Stderr);
        await Kubectl.MustAsync("delete", "namespace", ns, "--timeout=60s");
    }

    [Fact]
    public async Task Rollout_BadImage_FailsAtItsDeadline_AndUndoMendsIt()
    {
        var ns = await DeployAsync();
        await Kubectl.MustAsync("-n", ns, "patch", "deployment", "web", "-p", """{"spec":{"progressDeadlineSeconds":3}}""");

        await Kubectl.MustAsync("-n", ns, "set", "image", "deployment/web", "web=busybox:absent");
        var status = await Kubectl.RunAsync("-n", ns, "rollout", "status", "deployment/web", "--timeout=60s");

        Assert.Equal(1, status.ExitCode);
        Assert.Contains("exceeded its progress deadline", status.Stderr);
        Assert.Equal("ProgressDeadlineExceeded", await Kubectl.MustAsync("-n", ns, "get", "deployment", "web", "-o", "jsonpath={.status.conditions[?(@.type=='Progressing')].reason}"));
        await Kubectl.MustAsync("-n", ns, "rollout", "undo", "deployment/web");
        await Kubectl.MustAsync("-n", ns, "rollout", "status", "deployment/web", "--timeout=60s");
        await Kubectl.MustAsync("delete", "namespace", ns, "--wait=false");
    }

    [Fact]
    public async Task Discovery_ExplainAndCanI()
    {
        var resources = await Kubectl.MustAsync("api-resources");
        Assert.Contains("deployments", resources);
        Assert.Contains("leases", resources);
        Assert.Contains("validatingadmissionpolicies", resources);
        Assert.Contains("replicas", await Kubectl.MustAsync("explain", "deployment.spec"));
        Assert.Contains("FIELD: containers", await Kubectl.MustAsync("explain", "pod.spec.containers"));
        Assert.Equal("yes\n", await Kubectl.MustAsync("auth", "can-i", "create", "pods"));
        var denied = await Kubectl.RunAsync("auth", "can-i", "delete", "nodes", "--as=nobody");
        Assert.Equal("no\n", denied.Stdout);
        Assert.Contains("v1.36", await Kubectl.MustAsync("version"));
    }

    [Fact]
    public async Task BadManifests_AreRefusedWithAReason()
    {
        var ns = await fixture.NamespaceAsync();
        var malformed = await Kubectl.RunWithInputAsync("apiVersion: v1\nkind: [", "-n", ns, "apply", "-f", "-");
        var unknown = await Kubectl.RunWithInputAsync("apiVersion: v1\nkind: Frob\nmetadata: {name: f}\n", "-n", ns, "apply", "-f", "-");
        var field = await Kubectl.RunWithInputAsync("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: f}\ndatta: {}\n", "-n", ns, "apply", "-f", "-");

        Assert.All([malformed, unknown, field], result => Assert.NotEqual(0, result.ExitCode));
        Assert.Contains("no matches for kind \"Frob\"", unknown.Stderr);
        Assert.Contains("unknown field \"datta\"", field.Stderr);
        await Kubectl.MustAsync("delete", "namespace", ns, "--wait=false");
    }

    private async Task<string> DeployAsync()
    {
        var ns = await fixture.NamespaceAsync();
        await ApplyAsync(ns, Web);
        await Kubectl.MustAsync("-n", ns, "rollout", "status", "deployment/web", "--timeout=90s");
        return ns;
    }

    private async Task ApplyAsync(string ns, string yaml) => (await Kubectl.RunWithInputAsync(yaml, "-n", ns, "apply", "-f", "-")).Must();
}
