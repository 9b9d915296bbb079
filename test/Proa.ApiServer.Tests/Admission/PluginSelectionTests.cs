using Proa.Api.Json;
using Proa.ApiServer.Admission;
using Proa.ApiServer.Admission.Webhooks;
using Proa.ApiServer.Webhooks;

namespace Proa.ApiServer.Tests.Admission;

/// <summary>Plugins that are off by default, and turning others off.</summary>
public sealed class PluginSelectionTests
{
    private const string Containers = """ "containers":[{"name":"c","image":"i","resources":{"requests":{"cpu":"1"}}}] """;

    [Fact]
    public async Task Disabled_Plugin_DoesNotRun()
    {
        await using var server = await TestServer.StartAsync(options => options with { Admission = new() { Disabled = ["DefaultTolerationSeconds", "NamespaceLifecycle", "PodSecurity"] } });
        var pod = await PodAsync(server, "nowhere", $$"""{ {{Containers}} }""", account: true);
        Assert.Null(pod.Object("spec")!.Array("tolerations"));
    }

    [Fact]
    public async Task TolerationSeconds_Given_AreTaken()
    {
        await using var server = await StartAsync(new() { NotReadyTolerationSeconds = 7, UnreachableTolerationSeconds = 9 });
        var pod = await PodAsync(server, "a", $$"""{ {{Containers}} }""");
        Assert.Equal([7, 9], pod.Object("spec")!.Array("tolerations")!.OfType<JsonObject>().Select(toleration => toleration.Int("tolerationSeconds") ?? 0));
    }

    [Fact]
    public async Task AlwaysPullImages_Pod_PullsAlways()
    {
        await using var server = await StartAsync(new() { Enabled = ["AlwaysPullImages"] });
        var pod = await PodAsync(server, "a", """{"initContainers":[{"name":"i","image":"i","imagePullPolicy":"Never"}],"containers":[{"name":"c","image":"i:1"}]}""");
        Assert.Equal("Always", ((JsonObject)pod.Object("spec")!.Array("containers")![0]).String("imagePullPolicy"));
        Assert.Equal("Always", ((JsonObject)pod.Object("spec")!.Array("initContainers")![0]).String("imagePullPolicy"));
    }

    [Fact]
    public async Task AlwaysDeny_Write_IsRefused()
    {
        await using var server = await TestServer.StartAsync(options => options with { Admission = new() { Enabled = ["AlwaysDeny"] } });
        var answer = await server.ExpectAsync(403, "POST", "/api/v1/namespaces", """{"metadata":{"name":"a"}}""");
        Assert.Equal("namespaces \"a\" is forbidden: admission control is denying all modifications", answer.String("message"));
    }

    [Fact]
    public async Task NamespaceAutoProvision_CreateInNone_MakesIt()
    {
        await using var server = await TestServer.StartAsync(options => options with { Admission = new() { Enabled = ["NamespaceAutoProvision", "NamespaceExists"] } });
        await server.ExpectAsync(201, "POST", "/api/v1/namespaces/made/configmaps", """{"metadata":{"name":"m"}}""");
        await server.ExpectAsync(200, "GET", "/api/v1/namespaces/made");
    }

    [Fact]
    public async Task ExtendedResourceToleration_Device_IsTolerated()
    {
        await using var server = await StartAsync(new() { Enabled = ["ExtendedResourceToleration"], Disabled = ["DefaultTolerationSeconds"] });
        var pod = await PodAsync(server, "a", """{"containers":[{"name":"c","image":"i","resources":{"requests":{"example.com/b":"1","example.com/a":"1"},"limits":{"example.com/b":"1","example.com/a":"1"}}}]}""");
        Assert.Equal(
            """[{"key":"example.com/a","operator":"Exists","effect":"NoSchedule"},{"key":"example.com/b","operator":"Exists","effect":"NoSchedule"}]""",
            pod.Object("spec")!.Array("tolerations")!.ToString());
    }

    [Fact]
    public async Task PodTolerationRestriction_Annotations_AddAndForbid()
    {
        await using var server = await TestServer.StartAsync(options => options with
        {
            Admission = new() { Enabled = ["PodTolerationRestriction"], Disabled = ["DefaultTolerationSeconds"] },
        });
        await server.ExpectAsync(201, "POST", "/api/v1/namespaces", """
            {"metadata":{"name":"a","annotations":{"scheduler.alpha.kubernetes.io/defaultTolerations":"[{\"key\":\"x\",\"operator\":\"Exists\"}]",
            "scheduler.alpha.kubernetes.io/tolerationsWhitelist":"[{\"key\":\"x\",\"operator\":\"Exists\"},{\"key\":\"node.kubernetes.io/memory-pressure\",\"operator\":\"Exists\"}]"}}}
            """);
        await server.ExpectAsync(201, "POST", "/api/v1/namespaces/a/serviceaccounts", """{"metadata":{"name":"default"}}""");

        var pod = await PodAsync(server, "a", $$"""{ {{Containers}},"tolerations":[{"key":"x","operator":"Equal","value":"v","effect":"NoSchedule"}] }""");
        Assert.Equal(
            """[{"key":"x","operator":"Exists"},{"key":"node.kubernetes.io/memory-pressure","operator":"Exists","effect":"NoSchedule"}]""",
            pod.Object("spec")!.Array("tolerations")!.ToString());
        var refused = await server.ExpectAsync(500, "POST", "/api/v1/namespaces/a/pods", $$"""{"metadata":{"name":"q"},"spec":{ {{Containers}},"tolerations":[{"key":"y","operator":"Exists"}] } }""");
        Assert.Equal("pod tolerations (possibly merged with namespace default tolerations) conflict with its namespace whitelist", refused.String("message"));
    }

    [Fact]
    public async Task PodNodeSelector_Configuration_MergesAndForbids()
    {
        var settings = AdmissionConfigurationFile.Read(
            "podNodeSelectorPluginConfig:\n  clusterDefaultNodeSelector: pool=shared\n  a: pool=shared,disk=ssd\n", "/", new() { Enabled = ["PodNodeSelector"] });
        await using var server = await StartAsync(settings);
        var pod = await PodAsync(server, "a", $$"""{ {{Containers}},"nodeSelector":{"disk":"ssd"} }""");
        Assert.Equal("""{"disk":"ssd","pool":"shared"}""", pod.Object("spec")!.Object("nodeSelector")!.ToString());
        var other = await server.ExpectAsync(403, "POST", "/api/v1/namespaces/a/pods", $$"""{"metadata":{"name":"q"},"spec":{ {{Containers}},"nodeSelector":{"pool":"own"} } }""");
        Assert.Equal("pods \"q\" is forbidden: pod node label selector conflicts with its namespace node label selector", other.String("message"));
        var beyond = await server.ExpectAsync(403, "POST", "/api/v1/namespaces/a/pods", $$"""{"metadata":{"name":"q"},"spec":{ {{Containers}},"nodeSelector":{"zone":"z"} } }""");
        Assert.Equal("pods \"q\" is forbidden: pod node label selector labels conflict with its namespace whitelist", beyond.String("message"));
    }

    [Fact]
    public async Task EventRateLimit_BucketEmpty_Refuses()
    {
        var settings = AdmissionConfigurationFile.Read("""
            apiVersion: apiserver.config.k8s.io/v1
            kind: AdmissionConfiguration
            plugins:
            - name: EventRateLimit
              configuration:
                apiVersion: eventratelimit.admission.k8s.io/v1alpha1
                kind: Configuration
                limits: [{type: Namespace, qps: 1, burst: 2, cacheSize: 1}]
            """, "/", new() { Enabled = ["EventRateLimit"] });
        await using var server = await TestServer.StartAsync(options => options with { Admission = settings, Clock = new StoppedTime() });
        await server.NamespaceAsync("a");
        for (var i = 0; i < 3; i++)
        {
            var answer = await server.ExpectAsync(i < 2 ? 201 : 429, "POST", "/api/v1/namespaces/a/events",
                $$"""{"metadata":{"name":"e{{i}}"},"involvedObject":{"kind":"Pod","namespace":"a","name":"p"},"reason":"R","type":"Normal"}""");
            Assert.Equal(i < 2 ? null : "limit reached on type Namespace for key a", answer.String("message") is { Length: > 0 } message ? message : null);
        }
    }

    [Fact]
    public async Task HardAntiAffinityAndExternalAddresses_Forbidden_AreRefused()
    {
        await using var server = await StartAsync(new() { Enabled = ["LimitPodHardAntiAffinityTopology", "DenyServiceExternalIPs"] });
        var pod = await server.ExpectAsync(403, "POST", "/api/v1/namespaces/a/pods",
            $$"""{"metadata":{"name":"q"},"spec":{ {{Containers}},"affinity":{"podAntiAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":[{"topologyKey":"zone","labelSelector":{} }] } } } }""");
        Assert.Equal("pods \"q\" is forbidden: affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey zone but only key kubernetes.io/hostname is allowed", pod.String("message"));
        var service = await server.ExpectAsync(403, "POST", "/api/v1/namespaces/a/services", """{"metadata":{"name":"s"},"spec":{"ports":[{"port":1}],"externalIPs":["1.2.3.4"]}}""");
        Assert.Equal("services \"s\" is forbidden: Use of external IPs is denied by admission control", service.String("message"));
    }

    [Fact]
    public async Task PodSecurity_Configuration_DefaultsExemptsAndWarns()
    {
        var settings = AdmissionConfigurationFile.Read("""
            apiVersion: apiserver.config.k8s.io/v1
            kind: AdmissionConfiguration
            plugins:
            - name: PodSecurity
              configuration:
                apiVersion: pod-security.admission.config.k8s.io/v1
                kind: PodSecurityConfiguration
                defaults: {enforce: baseline, enforce-version: v1.30}
                exemptions: {namespaces: [free], runtimeClasses: [vm]}
            """, "/", new() { Disabled = ["RuntimeClass"] });
        await using var server = await StartAsync(settings);
        await server.NamespaceAsync("free");
        const string Host = """{"hostNetwork":true,"containers":[{"name":"c","image":"i"}]}""";
        var refused = await server.ExpectAsync(403, "POST", "/api/v1/namespaces/a/pods", $$"""{"metadata":{"name":"p"},"spec":{{Host}} }""");
        Assert.Equal("pods \"p\" is forbidden: violates PodSecurity \"baseline:v1.30\": host namespaces (hostNetwork=true)", refused.String("message"));
        await PodAsync(server, "free", Host);
        await PodAsync(server, "a", Host.Replace("{\"host", "{\"runtimeClassName\":\"vm\",\"host", StringComparison.Ordinal));
        using var body = new StringContent("""{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":"restricted"}}}""", System.Text.Encoding.UTF8, "application/merge-patch+json");
        using var labelled = await server.Http.PatchAsync("/api/v1/namespaces/free", body, TestContext.Current.CancellationToken);
        Assert.Equal(
            ["299 - \"namespace \\\"free\\\" is exempt from Pod Security, and the policy (enforce=restricted:v1.30) will be ignored\""], labelled.Headers.GetValues("Warning"));
    }

    [Theory]
    [InlineData("kind: Other", "it is no apiserver.config.k8s.io/v1 AdmissionConfiguration but  Other")]
    [InlineData("{apiVersion: apiserver.config.k8s.io/v1, kind: AdmissionConfiguration, plugin: []}", "unknown field \"plugin\"")]
    [InlineData("{apiVersion: apiserver.config.k8s.io/v1, kind: AdmissionConfiguration, plugins: [{name: None, configuration: {}}]}", "plugins[0].name: \"None\" is unknown")]
    [InlineData("{apiVersion: apiserver.config.k8s.io/v1, kind: AdmissionConfiguration, plugins: [{name: EventRateLimit, configuration: {limits: [{type: User, qps: 1}]}}]}", "limits[0].burst: Invalid value: 0: must be positive")]
    [InlineData("{apiVersion: apiserver.config.k8s.io/v1, kind: AdmissionConfiguration, plugins: [{name: PodSecurity, configuration: {kind: PodSecurityConfiguration, defaults: {warn: hard}}}]}",
        "defaults.warn: Invalid value: \"hard\": must be one of privileged, baseline, restricted")]
    public void Configuration_Broken_IsToldByItsField(string text, string message) =>
        Assert.Equal(message, Assert.Throws<FormatException>(() => AdmissionConfigurationFile.Read(text, "/", AdmissionSettings.Default)).Message);

    [Fact]
    public async Task Phases_OfEveryPlugin_AreThoseThatItsStepHas()
    {
        await using var server = await TestServer.StartAsync();
        var options = new ApiServerOptions
        {
            Store = server.Store,
            Types = server.Types,
            Clock = TimeProvider.System,
            Logging = Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance,
            Admission = new() { Enabled = AdmissionPlugins.OffByDefault },
        };
        var hooks = new WebhookClient(new(server.Store, Random.Shared), TimeProvider.System);
        var plugins = AdmissionOrder.Of(options, new WebhookCaller(hooks, server.Types, options.Metrics.Admission, TimeProvider.System), () => server.Client, null);
        foreach (var plugin in plugins)
        {
            var own = plugin.Step.GetType().GetMethods().Where(method => method.DeclaringType == plugin.Step.GetType()).Select(method => method.Name).ToHashSet();
            var phases = (own.Contains("MutateAsync") ? AdmissionPhases.Mutate : 0) | (own.Contains("Complete") || own.Contains("CompleteAsync") ? AdmissionPhases.Complete : 0)
                | (own.Contains("Validate") || own.Contains("ValidateAsync") ? AdmissionPhases.Validate : 0);
            Assert.True(phases == plugin.Phases, $"{plugin.Step.GetType().Name}: {phases}, not {plugin.Phases}");
            Assert.True(plugin.Name.Length == 0 || AdmissionPlugins.Has(plugin.Name), plugin.Name);
        }
    }

    private static async Task<TestServer> StartAsync(AdmissionSettings settings)
    {
        var server = await TestServer.StartAsync(options => options with { Admission = settings });
        await server.NamespaceAsync("a");
        return server;
    }

    private static async Task<JsonObject> PodAsync(TestServer server, string ns, string spec, bool account = false)
    {
        if (account)
        {
            await server.ExpectAsync(201, "POST", $"/api/v1/namespaces/{ns}/serviceaccounts", """{"metadata":{"name":"default"}}""");
        }
        return await server.ExpectAsync(201, "POST", $"/api/v1/namespaces/{ns}/pods", $$"""{"metadata":{"name":"p"},"spec":{{spec}} }""");
    }

    private sealed class StoppedTime : TimeProvider
    {
        public override long GetTimestamp() => 1;
    }
}
