using System.Text;
using System.Text.Json.Nodes;
using Proa.Client;
using Proa.Client.Http;
using Proa.Store.Tests.Etcd;

namespace Proa.EndToEnd.Tests.HighAvailability;

/// <summary>What one server acknowledged counts at once at another one, though that hears of it a good while later.</summary>
public sealed class FreshnessTests : IAsyncLifetime
{
    private readonly CancellationTokenSource _late = new(TimeSpan.FromMinutes(4));
    private Servers _servers = null!;

    private IClusterClient First => _servers.Client(0);

    private IClusterClient Second => _servers.Client(1);

    public async ValueTask InitializeAsync()
    {
        if (EtcdCluster.IsThere)
        {
            _servers = await Servers.StartAsync(1, "--service-range", "10.223.0.0/24");
            await _servers.AddBehindAsync(TimeSpan.FromMilliseconds(200));
        }
    }

    public async ValueTask DisposeAsync()
    {
        _late.Dispose();
        await (_servers?.DisposeAsync() ?? default);
    }

    [Fact]
    public async Task WrittenAtOneServer_CountsAtOnceAtAnotherThatIsBehind()
    {
        Assert.SkipUnless(EtcdCluster.IsThere, "etcd is not installed");
        await MakeAsync("", "v1", "namespaces", null, """{"metadata":{"name":"n"}}""");
        Assert.Null(await TryAsync(Second, "", "v1", "configmaps", "n", """{"metadata":{"name":"in-new-namespace"}}"""));

        await AccountsAndRolesAsync();
        await TypesAsync();
        await AdmissionAsync();

        // Held, so that the namespace is not gone before it is asked for.
        await MakeAsync("", "v1", "configmaps", "n", """{"metadata":{"name":"held","finalizers":["example.com/held"]}}""");
        Assert.True((await First.DeleteAsync(new ResourcePath("", "v1", "namespaces", null, "n"), DeleteRequest.Default, _late.Token)).Ok);
        Assert.Contains("403", await TryAsync(Second, "", "v1", "configmaps", "n", """{"metadata":{"name":"too-late"}}"""));
    }

    private async Task AccountsAndRolesAsync()
    {
        await MakeAsync("", "v1", "serviceaccounts", "n", """{"metadata":{"name":"s"}}""");
        var asked = await First.CreateAsync(
            new ResourcePath("", "v1", "serviceaccounts", "n", "s", "token"), Utf8("""{"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{}}"""), WriteOptions.Default, _late.Token);
        var token = JsonNode.Parse(asked.Value.Span)!["status"]!["token"]!.GetValue<string>();
        using var account = new HttpClusterClient(
            new KubeConfig(new Uri($"https://127.0.0.3:{_servers.Port}")) { Token = token, SkipTlsVerify = true }, "test");
        var path = new ResourcePath("", "v1", "configmaps", "n", "in-new-namespace");
        // Known, but not allowed.
        Assert.Equal(403, (await account.GetAsync(path, _late.Token)).Error?.Code);
        await MakeAsync("rbac.authorization.k8s.io", "v1", "roles", "n", """{"metadata":{"name":"r"},"rules":[{"apiGroups":[""],"resources":["configmaps"],"verbs":["get"]}]}""");
        await MakeAsync("rbac.authorization.k8s.io", "v1", "rolebindings", "n", """
            {"metadata":{"name":"r"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"r"},"subjects":[{"kind":"ServiceAccount","name":"s","namespace":"n"}]}
            """);
        Assert.True((await account.GetAsync(path, _late.Token)).Ok);
        await MakeAsync("rbac.authorization.k8s.io", "v1", "clusterroles", null, """{"metadata":{"name":"cr"},"rules":[{"apiGroups":[""],"resources":["secrets"],"verbs":["list"]}]}""");
        await MakeAsync("rbac.authorization.k8s.io", "v1", "clusterrolebindings", null, """
            {"metadata":{"name":"cr"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"cr"},"subjects":[{"kind":"ServiceAccount","name":"s","namespace":"n"}]}
            """);
        var reviewed = await Second.CreateAsync(
            new ResourcePath("authorization.k8s.io", "v1", "subjectaccessreviews", null), Utf8("""
                {"apiVersion":"authorization.k8s.io/v1","kind":"SubjectAccessReview","spec":{"user":"system:serviceaccount:n:s","resourceAttributes":{"resource":"secrets","verb":"list"}}}
                """),
            WriteOptions.Default, _late.Token);
        Assert.True(JsonNode.Parse(reviewed.Value.Span)!["status"]!["allowed"]!.GetValue<bool>());
    }

    private async Task TypesAsync()
    {
        await MakeAsync("apiextensions.k8s.io", "v1", "customresourcedefinitions", null, """
            {"metadata":{"name":"widgets.example.com"},"spec":{"group":"example.com","scope":"Namespaced","names":{"plural":"widgets","singular":"widget","kind":"Widget"},
             "versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object","x-kubernetes-preserve-unknown-fields":true}}}]}}
            """);
        await _servers[0].Kubectl.MustAsync("wait", "crd/widgets.example.com", "--for=condition=Established", "--timeout=60s");
        Assert.Null(await TryAsync(Second, "example.com", "v1", "widgets", "n", """{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"w"}}"""));
        await MakeAsync("apiextensions.k8s.io", "v1", "customresourcedefinitions", null, """
            {"metadata":{"name":"gadgets.example.org"},"spec":{"group":"example.org","scope":"Namespaced","names":{"plural":"gadgets","singular":"gadget","kind":"Gadget"},
             "versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object"}}}]}}
            """);
        await _servers[0].Kubectl.MustAsync("wait", "crd/gadgets.example.org", "--for=condition=Established", "--timeout=60s");
        var groups = await _servers.Client(1).GetDocumentAsync("/apis", "application/json", _late.Token);
        Assert.Contains("example.org", Encoding.UTF8.GetString(groups.Value.Span));
        await MakeAsync("apiregistration.k8s.io", "v1", "apiservices", null, """
            {"metadata":{"name":"v1.far.example.com"},"spec":{"group":"far.example.com","version":"v1","groupPriorityMinimum":100,"versionPriority":100,"insecureSkipTLSVerify":true,
             "service":{"namespace":"n","name":"none"}}}
            """);
        Assert.Equal(503, (await Second.GetAsync(new ResourcePath("far.example.com", "v1", "things", "n", "x"), _late.Token)).Error?.Code);
        Assert.True((await First.DeleteAsync(new ResourcePath("apiregistration.k8s.io", "v1", "apiservices", null, "v1.far.example.com"), DeleteRequest.Default, _late.Token)).Ok);
    }

    private async Task AdmissionAsync()
    {
        await MakeAsync("admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations", null, """
            {"metadata":{"name":"nobody"},"webhooks":[{"name":"nobody.example.com","admissionReviewVersions":["v1"],"sideEffects":"None","clientConfig":{"url":"https://127.0.0.1:1/"},
             "objectSelector":{"matchLabels":{"by":"webhook"}},"rules":[{"apiGroups":[""],"apiVersions":["v1"],"resources":["configmaps"],"operations":["CREATE"]}]}]}
            """);
        Assert.Contains("nobody.example.com", await TryAsync(Second, "", "v1", "configmaps", "n", """{"metadata":{"name":"a","labels":{"by":"webhook"}}}"""));
        await MakeAsync("admissionregistration.k8s.io", "v1", "validatingadmissionpolicies", null, """
            {"metadata":{"name":"never"},"spec":{"matchConstraints":{"objectSelector":{"matchLabels":{"by":"policy"}},"resourceRules":[{"apiGroups":[""],"apiVersions":["v1"],"resources":["configmaps"],"operations":["CREATE"]}]},
             "validations":[{"expression":"false","message":"never at all"}]}}
            """);
        await MakeAsync("admissionregistration.k8s.io", "v1", "validatingadmissionpolicybindings", null, """{"metadata":{"name":"never"},"spec":{"policyName":"never","validationActions":["Deny"]}}""");
        Assert.Contains("never at all", await TryAsync(Second, "", "v1", "configmaps", "n", """{"metadata":{"name":"b","labels":{"by":"policy"}}}"""));
        await MakeAsync("", "v1", "resourcequotas", "n", """{"metadata":{"name":"none"},"spec":{"hard":{"count/secrets":"0"}}}""");
        Assert.Contains("exceeded quota", await TryAsync(Second, "", "v1", "secrets", "n", """{"metadata":{"name":"c"}}"""));
        await MakeAsync("", "v1", "limitranges", "n", """{"metadata":{"name":"small"},"spec":{"limits":[{"type":"Container","max":{"cpu":"1"}}]}}""");
        Assert.Contains("maximum cpu usage per Container is 1", await TryAsync(Second, "", "v1", "pods", "n", """
            {"metadata":{"name":"big"},"spec":{"serviceAccountName":"s","containers":[{"name":"c","image":"i","resources":{"limits":{"cpu":"2"},"requests":{"cpu":"2"}}}]}}
            """));
    }

    /// <summary>At the first server.</summary>
    private async Task MakeAsync(string group, string version, string plural, string? ns, string json) =>
        Assert.Null(await TryAsync(First, group, version, plural, ns, json));

    /// <returns>Null: done; otherwise the code and what was said.</returns>
    private async Task<string?> TryAsync(IClusterClient client, string group, string version, string plural, string? ns, string json)
    {
        var answer = await client.CreateAsync(new ResourcePath(group, version, plural, ns), Utf8(json), WriteOptions.Default, _late.Token);
        return answer.Ok ? null : $"{answer.Error!.Code} {answer.Error.Message}";
    }

    private static byte[] Utf8(string json) => Encoding.UTF8.GetBytes(json);
}
