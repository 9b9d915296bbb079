using Proa.Api.Json;
using Proa.ApiServer.Aggregation;

namespace Proa.ApiServer.Tests.Aggregation;

public sealed class ApiServiceTests : IAsyncLifetime
{
    private const string ApiServices = "/apis/apiregistration.k8s.io/v1/apiservices";
    private AggregatedCluster _cluster = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _cluster = await AggregatedCluster.StartAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Theory]
    [InlineData("v1.a.b", """{"group":"a.b","version":"v1","groupPriorityMinimum":20001,"versionPriority":0}""",
        "[spec.groupPriorityMinimum: Invalid value: 20001: must be positive and less than 20000, spec.versionPriority: Invalid value: 0: must be positive and less than 1000]")]
    [InlineData("v2.a.b", """{"group":"a.b","version":"v1","groupPriorityMinimum":1,"versionPriority":1}""",
        "metadata.name: Invalid value: \"v2.a.b\": must be `spec.version+\".\"+spec.group`: \"v1.a.b\"")]
    [InlineData("v2.", """{"version":"v2","groupPriorityMinimum":1,"versionPriority":1}""",
        "spec.group: Required value: only v1 may have an empty group and it better be legacy kube")]
    [InlineData("v1.a.b", """{"group":"a.b","version":"v1","groupPriorityMinimum":1,"versionPriority":1,"insecureSkipTLSVerify":true,"caBundle":"YWJj"}""",
        "[spec.caBundle: Invalid value: \"3 bytes\": local APIServices may not have a caBundle, spec.insecureSkipTLSVerify: Invalid value: true: local APIServices may not have insecureSkipTLSVerify]")]
    [InlineData("v1.a.b", """{"group":"a.b","version":"v1","groupPriorityMinimum":1,"versionPriority":1,"insecureSkipTLSVerify":true,"caBundle":"YWJj","service":{"port":0}}""",
        "[spec.service.namespace: Required value, spec.service.name: Required value, spec.service.port: Invalid value: 0: port is not valid: must be between 1 and 65535, inclusive, spec.insecureSkipTLSVerify: Invalid value: true: may not be true if caBundle is present]")]
    public async Task Create_Wrong_IsRefusedInTheOriginalsWords(string name, string spec, string expected)
    {
        var (code, body) = await _cluster.SendAsync("POST", ApiServices, $$"""{"metadata":{"name":"{{name}}"},"spec":{{spec}} }""");
        Assert.Equal(422, code);
        Assert.Equal($"APIService.apiregistration.k8s.io \"{name}\" is invalid: {expected}", JsonTree.ParseObject(System.Text.Encoding.UTF8.GetBytes(body)).String("message"));
    }

    [Fact]
    public async Task Create_Local_IsAvailableAtOnce()
    {
        await _cluster.MakeAsync(ApiServices, """{"metadata":{"name":"v1.a.b"},"spec":{"group":"a.b","version":"v1","groupPriorityMinimum":1,"versionPriority":1},"status":{"conditions":[]}}""");
        var made = await _cluster.GetAsync(ApiServices + "/v1.a.b");
        var condition = (JsonObject)made.Object("status")!.Array("conditions")![0];
        Assert.Equal(
            ("Available", "True", "Local", "Local APIServices are always available"),
            (condition.String("type"), condition.String("status"), condition.String("reason"), condition.String("message")));
        Assert.Equal(made.Object("metadata")!.String("creationTimestamp"), condition.String("lastTransitionTime"));
    }

    [Fact]
    public async Task Create_Remote_HasDefaultPort_AndItsTable()
    {
        await _cluster.ApiServiceAsync("v1", "x.example.com", """
            "service":{"namespace":"a","name":"x"}
            """);
        Assert.Equal(443, (await _cluster.GetAsync(ApiServices + "/v1.x.example.com")).Object("spec")!.Object("service")!.Int("port"));
        await _cluster.AvailableAsync("v1.x.example.com", "False", "ServiceNotFound");
        var table = await _cluster.GetAsync(ApiServices + "/v1.x.example.com", "application/json;as=Table;v=v1;g=meta.k8s.io");
        Assert.Equal(["Name", "Service", "Available", "Age"], table.Array("columnDefinitions")!.Cast<JsonObject>().Select(column => column.String("name")));
        var cells = ((JsonObject)table.Array("rows")![0]).Array("cells")!;
        Assert.Equal(("v1.x.example.com", "a/x", "False (ServiceNotFound)"), (((JsonString)cells[0]).Value, ((JsonString)cells[1]).Value, ((JsonString)cells[2]).Value));
    }

    [Fact]
    public async Task BuiltIn_AreThere_WithTheirPriorities()
    {
        foreach (var version in (await _cluster.GetAsync("/apis")).Array("groups")!.Cast<JsonObject>()
            .SelectMany(group => group.Array("versions")!.Cast<JsonObject>().Select(version => (Group: group.String("name")!, Version: version.String("version")!))))
        {
            if (version.Group == "apiregistration.k8s.io")
            {
                continue;
            }
            var service = await _cluster.GetAsync($"{ApiServices}/{version.Version}.{version.Group}");
            Assert.Equal("onstart", service.Object("metadata")!.Object("labels")!.String("kube-aggregator.kubernetes.io/automanaged"));
            var priority = BuiltInPriorities.Of(version.Group, version.Version)!.Value;
            Assert.Equal((priority.Group, priority.Version), (service.Object("spec")!.Int("groupPriorityMinimum"), service.Object("spec")!.Int("versionPriority")));
        }
    }

    [Fact]
    public async Task Definition_ComesAndGoes_AndSoDoesItsApiService()
    {
        const string Definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
        await _cluster.MakeAsync(Definitions, """
            {"metadata":{"name":"things.d.example.com"},"spec":{"group":"d.example.com","scope":"Namespaced","names":{"plural":"things","kind":"Thing","singular":"thing","listKind":"ThingList"},
             "versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object"}}},{"name":"v2","served":false,"storage":false,"schema":{"openAPIV3Schema":{"type":"object"}}}]}}
            """);
        await _cluster.AvailableAsync("v1.d.example.com", "True", "Local");
        var service = await _cluster.GetAsync(ApiServices + "/v1.d.example.com");
        Assert.Equal("true", service.Object("metadata")!.Object("labels")!.String("kube-aggregator.kubernetes.io/automanaged"));
        Assert.True(JsonTree.ParseObject("""{"group":"d.example.com","groupPriorityMinimum":1000,"version":"v1","versionPriority":100}"""u8).DeepEquals(service["spec"]));
        Assert.Equal(404, (await _cluster.SendAsync("GET", ApiServices + "/v2.d.example.com")).Code);

        // Whoever changes it, or takes it away, finds it again as it was.
        await _cluster.SendAsync("PATCH", ApiServices + "/v1.d.example.com", """{"spec":{"versionPriority":7}}""", contentType: "application/merge-patch+json");
        await AggregatedCluster.UntilAsync(() => _cluster.GetAsync(ApiServices + "/v1.d.example.com"), found => found.Object("spec")!.Int("versionPriority") == 100);
        await _cluster.SendAsync("DELETE", ApiServices + "/v1.d.example.com");
        await _cluster.AvailableAsync("v1.d.example.com", "True", "Local");

        await _cluster.SendAsync("DELETE", Definitions + "/things.d.example.com");
        await AggregatedCluster.UntilAsync(async () => (await _cluster.SendAsync("GET", ApiServices + "/v1.d.example.com")).Code, code => code == 404);
    }

    [Fact]
    public async Task Authentication_DeletedOrCut_IsPutBack()
    {
        const string Map = "/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication";
        var data = await _cluster.AuthenticationAsync();
        Assert.Equal(_cluster.Pki.Authority.CertificatePem + "\n", data.String("client-ca-file"));
        Assert.Equal(_cluster.Pki.FrontProxyAuthority.CertificatePem + "\n", data.String("requestheader-client-ca-file"));
        Assert.Equal(
            ("""["front-proxy-client"]""", """["X-Remote-User"]""", """["X-Remote-Uid"]""", """["X-Remote-Group"]""", """["X-Remote-Extra-"]"""),
            (data.String("requestheader-allowed-names"), data.String("requestheader-username-headers"), data.String("requestheader-uid-headers"),
                data.String("requestheader-group-headers"), data.String("requestheader-extra-headers-prefix")));
        await _cluster.SendAsync("DELETE", Map);
        await AggregatedCluster.UntilAsync(async () => (await _cluster.SendAsync("GET", Map)).Code, code => code == 200);
        Assert.True(data.DeepEquals(await _cluster.AuthenticationAsync()));

        // Another server's names stay beside this one's.
        await _cluster.SendAsync("PATCH", Map, """{"data":{"requestheader-allowed-names":"[\"other\"]","client-ca-file":null}}""", contentType: "application/merge-patch+json");
        var whole = await AggregatedCluster.UntilAsync(_cluster.AuthenticationAsync, found => found.ContainsKey("client-ca-file"));
        Assert.Equal("""["other","front-proxy-client"]""", whole.String("requestheader-allowed-names"));

        // Whoever has the role may read it, and nobody else.
        await _cluster.GetAsync("/apis/rbac.authorization.k8s.io/v1/namespaces/kube-system/roles/extension-apiserver-authentication-reader");
    }

    [Fact]
    public async Task FrontProxy_SaysWhoAsks()
    {
        using var proxy = _cluster.Connect(_cluster.Pki.FrontProxy);
        var (code, review) = await ReviewAsync(proxy, "jane", ("X-Remote-Group", "devs"), ("X-Remote-Uid", "u-1"), ("X-Remote-Extra-Example.com%2fScope", "all"));
        Assert.Equal(201, code);
        var user = review.Object("status")!.Object("userInfo")!;
        Assert.Equal(("jane", "u-1"), (user.String("username"), user.String("uid")));
        Assert.Equal(["devs", "system:authenticated"], user.Array("groups")!.Cast<JsonString>().Select(group => group.Value));
        Assert.Equal("""["all"]""", user.Object("extra")!["example.com/scope"]!.ToString());
    }

    [Fact]
    public async Task FrontProxy_WithoutAWord_IsNobody()
    {
        using var proxy = _cluster.Connect(_cluster.Pki.FrontProxy);
        Assert.Equal(401, (await ReviewAsync(proxy, null)).Code);
    }

    [Fact]
    public async Task FrontProxy_OfAnotherNameOrAuthority_IsNotBelieved()
    {
        using var named = _cluster.Pki.FrontProxyAuthority.IssueClient("somebody", [], TimeSpan.FromHours(1));
        using var somebody = _cluster.Connect(named);
        Assert.Equal(401, (await ReviewAsync(somebody, "jane")).Code);

        // A user's certificate makes its user, whatever the headers say.
        using var admin = _cluster.Connect(_cluster.Pki.Admin);
        var (code, review) = await ReviewAsync(admin, "jane");
        Assert.Equal((201, "admin"), (code, review.Object("status")!.Object("userInfo")!.String("username")));
        using var forged = _cluster.Pki.Authority.IssueClient("front-proxy-client", [], TimeSpan.FromHours(1));
        using var forger = _cluster.Connect(forged);
        Assert.Equal("front-proxy-client", (await ReviewAsync(forger, "jane")).Review.Object("status")!.Object("userInfo")!.String("username"));
    }

    private static async Task<(int Code, JsonObject Review)> ReviewAsync(HttpClient http, string? user, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/apis/authentication.k8s.io/v1/selfsubjectreviews")
        {
            Content = new StringContent("""{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}""", System.Text.Encoding.UTF8, "application/json"),
        };
        if (user is not null)
        {
            request.Headers.Add("X-Remote-User", user);
        }
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }
        using var response = await http.SendAsync(request, Ct);
        return ((int)response.StatusCode, JsonTree.ParseObject(await response.Content.ReadAsByteArrayAsync(Ct)));
    }
}
