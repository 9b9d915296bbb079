using System.Net.Security;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Proa.Api.Json;
using Proa.ApiServer.Aggregation;
using Proa.ApiServer.Security;
using Proa.Client;

namespace Proa.ApiServer.Tests.Aggregation;

public sealed class AggregationTests : IAsyncLifetime
{
    private const string Flunders = "/apis/wardle.example.com/v1alpha1/namespaces/a/flunders";
    private const string InOne = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
    private AggregatedCluster _cluster = null!;
    private ExtensionApi _extension = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _cluster = await AggregatedCluster.StartAsync();
        _extension = await ExtensionApi.StartAsync((await _cluster.AuthenticationAsync()).String("requestheader-client-ca-file")!, "api.wardle.svc");
        await _cluster.RegisterAsync(_extension);
        await _cluster.NamespaceAsync("a");
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        await _extension.DisposeAsync();
    }

    [Fact]
    public async Task Request_IsSentOn_WithWhoAsksAndNothingThatTheClientSaysOfItself()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Flunders + "?limit=5&labelSelector=a%3Db");
        request.Headers.Add("X-Remote-User", "system:admin");
        request.Headers.Add("X-Remote-Group", "system:masters");
        request.Headers.Add("X-Remote-Extra-Scopes", "all");
        request.Headers.Add("Impersonate-User", "jürgen");
        request.Headers.Add("Impersonate-Group", "system:masters");
        request.Headers.Add("Impersonate-Uid", "u-1");
        request.Headers.Add("Impersonate-Extra-Example.com%2fScope", "one, two");
        using var response = await ImpersonatingAsync(request);

        Assert.Equal(200, (int)response.StatusCode);
        var seen = _extension.Seen.Last(item => item.Target.StartsWith(Flunders, StringComparison.Ordinal));
        Assert.Equal(Flunders + "?limit=5&labelSelector=a%3Db", seen.Target);
        Assert.Equal("api.wardle.svc", seen.Host);
        Assert.Equal(["jürgen"], seen.Headers["X-Remote-User"]);
        Assert.Equal(["u-1"], seen.Headers["X-Remote-Uid"]);
        Assert.Equal(["system:masters", "system:authenticated"], seen.Headers["X-Remote-Group"]);
        Assert.Equal(["one, two"], seen.Headers["X-Remote-Extra-example.com%2Fscope"]);
        Assert.False(seen.Headers.ContainsKey("X-Remote-Extra-Scopes"));
        Assert.False(seen.Headers.ContainsKey("Authorization"));
        Assert.DoesNotContain(seen.Headers.Keys, name => name.StartsWith("Impersonate-", StringComparison.OrdinalIgnoreCase));
        Assert.Equal(response.Headers.GetValues("Audit-Id").First(), seen.Headers["Audit-ID"].Single());
        Assert.Equal("127.0.0.1", seen.Headers["X-Forwarded-For"].Single());
    }

    [Fact]
    public async Task Objects_AreCreatedReadAndDeletedThere()
    {
        var (code, _) = await _cluster.SendAsync("POST", Flunders, """{"apiVersion":"wardle.example.com/v1alpha1","kind":"Flunder","metadata":{"name":"f"},"spec":{"reference":"x"}}""");
        Assert.Equal(201, code);
        Assert.Equal("x", (await _cluster.GetAsync(Flunders + "/f")).Object("spec")!.String("reference"));
        var table = await _cluster.GetAsync(Flunders, "application/json;as=Table;v=v1;g=meta.k8s.io,application/json");
        Assert.Equal("Table", table.String("kind"));
        Assert.Equal(200, (await _cluster.SendAsync("DELETE", Flunders + "/f")).Code);
        var (gone, body) = await _cluster.SendAsync("GET", Flunders + "/f");
        Assert.Equal(404, gone);
        Assert.Contains("\"reason\":\"NotFound\"", body);
    }

    [Fact]
    public async Task LongBody_GoesThrough()
    {
        // More than this server takes for itself: the limit is the other one's.
        var (code, body) = await _cluster.SendAsync("POST", Flunders, $$"""{"metadata":{"name":"long"},"spec":{"reference":"{{new string('x', 5_000_000)}}"} }""");
        Assert.True(code == 201, body);
    }

    [Fact]
    public async Task Watch_Events_ComeAsTheyHappen_AndEndWithTheClient()
    {
        using var response = await _cluster.Http.GetAsync(Flunders + "?watch=true", HttpCompletionOption.ResponseHeadersRead, Ct);
        Assert.Equal(200, (int)response.StatusCode);
        using (var lines = new StreamReader(await response.Content.ReadAsStreamAsync(Ct)))
        {
            await CreateAsync("w");
            Assert.StartsWith("""{"type":"ADDED",""", await lines.ReadLineAsync(Ct));
            await _cluster.SendAsync("DELETE", Flunders + "/w");
            Assert.StartsWith("""{"type":"DELETED",""", await lines.ReadLineAsync(Ct));
        }
        response.Dispose();
        await _extension.WatchCut.Task.WaitAsync(TimeSpan.FromSeconds(30), Ct);
    }

    [Fact]
    public async Task WebSocket_IsSpokenThrough_WithoutTheClientsToken()
    {
        using var socket = new ClientWebSocket();
        socket.Options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
        var token = Convert.ToBase64String(Encoding.UTF8.GetBytes(_cluster.Server.Token)).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        socket.Options.AddSubProtocol("base64url.bearer.authorization.k8s.io." + token);
        socket.Options.AddSubProtocol("v5.channel.k8s.io");
        await socket.ConnectAsync(new UriBuilder(_cluster.Http.BaseAddress!) { Scheme = "wss", Path = Flunders + "/f/exec" }.Uri, Ct);
        Assert.Equal("v5.channel.k8s.io", socket.SubProtocol);
        await socket.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Binary, true, Ct);
        var buffer = new byte[16];
        var read = await socket.ReceiveAsync(buffer.AsMemory(), Ct);
        Assert.Equal("hello", Encoding.UTF8.GetString(buffer, 0, read.Count));

        var seen = _extension.Seen.Last(item => item.Target.EndsWith("/exec", StringComparison.Ordinal));
        Assert.Equal(["v5.channel.k8s.io"], seen.Headers["Sec-WebSocket-Protocol"]);
        Assert.Equal(["admin"], seen.Headers["X-Remote-User"]);
    }

    [Fact]
    public async Task Spdy_IsSpokenThrough()
    {
        using var client = new TcpClient();
        await client.ConnectAsync(_cluster.Http.BaseAddress!.Host, _cluster.Http.BaseAddress.Port, Ct);
        await using var stream = new SslStream(client.GetStream(), false, static (_, _, _, _) => true);
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost", ApplicationProtocols = [SslApplicationProtocol.Http11] }, Ct);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"POST {Flunders}/f/exec?command=x HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {_cluster.Server.Token}\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n"
            + "X-Stream-Protocol-Version: v4.channel.k8s.io\r\nContent-Length: 0\r\n\r\n"), Ct);
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await stream.ReadExactlyAsync(one, Ct);
            head.Append((char)one[0]);
        }
        Assert.StartsWith("HTTP/1.1 101 ", head.ToString(), StringComparison.Ordinal);
        Assert.Contains("\r\nUpgrade: SPDY/3.1\r\n", head.ToString(), StringComparison.OrdinalIgnoreCase);
        await stream.WriteAsync("frames"u8.ToArray(), Ct);
        var echo = new byte[6];
        await stream.ReadExactlyAsync(echo, Ct);
        Assert.Equal("frames", Encoding.ASCII.GetString(echo));
    }

    [Fact]
    public async Task Request_SentOn_HasASeatAndIsRecorded()
    {
        using var response = await _cluster.Http.GetAsync(Flunders + "?limit=7", Ct);
        var schema = (await _cluster.GetAsync("/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas/exempt")).Object("metadata")!.String("uid");
        Assert.Equal(schema, response.Headers.GetValues("X-Kubernetes-PF-FlowSchema-UID").Single());
        await using var file = new FileStream(_cluster.Server.AuditFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var lines = await new StreamReader(file).ReadToEndAsync(Ct);
        var record = lines.Split('\n').Where(line => line.Contains(Flunders + "?limit=7", StringComparison.Ordinal)).Select(line => JsonTree.ParseObject(Encoding.UTF8.GetBytes(line))).Last();
        Assert.Equal(("admin", "list", 200), (record.Object("user")!.String("username"), record.String("verb"), (int)record.Object("responseStatus")!.Int("code")!));
        Assert.Equal("flunders", record.Object("objectRef")!.String("resource"));
    }

    [Fact]
    public async Task Stranger_IsForbiddenBeforeAnythingIsSent()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Flunders);
        request.Headers.Add("Impersonate-User", "jane");
        using var response = await ImpersonatingAsync(request);
        Assert.Equal(403, (int)response.StatusCode);
        Assert.Contains("flunders.wardle.example.com is forbidden: User \\\"jane\\\" cannot list resource \\\"flunders\\\"", await response.Content.ReadAsStringAsync(Ct));
        Assert.DoesNotContain(_extension.Seen, item => item.Target.StartsWith(Flunders, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Redirect_IsNotPassedOn()
    {
        var (code, body) = await _cluster.SendAsync("GET", "/apis/wardle.example.com/v1alpha1/redirect");
        if (code == 503 && body == "service unavailable\n")
        {
            // A machine under load may answer the check of the server too late: then it is away until the next one.
            await _cluster.AvailableAsync("v1alpha1.wardle.example.com", "True", "Passed");
            (code, body) = await _cluster.SendAsync("GET", "/apis/wardle.example.com/v1alpha1/redirect");
        }
        Assert.Equal((502, "the backend attempted to redirect this request, which is not permitted"), (code, body));
    }

    [Fact]
    public async Task LocalClient_ReadsItAsItReadsThis()
    {
        await CreateAsync("one");
        await CreateAsync("two");
        var path = new ResourcePath("wardle.example.com", "v1alpha1", "flunders", "a");
        var page = await _cluster.Client.ListAsync(path, ListOptions.All, Ct);
        Assert.Equal((2, "100"), (page.Value.Items.Count, page.Value.ResourceVersion));
        Assert.Equal("wardle.example.com/v1alpha1", JsonTree.ParseObject(page.Value.Items[0].Span).String("apiVersion"));
        Assert.True((await _cluster.Client.GetAsync(path with { Name = "three" }, Ct)).IsNotFound);

        await using var watch = _cluster.Client.WatchAsync(path, new WatchOptions(), Ct).GetAsyncEnumerator(Ct);
        Assert.True(await watch.MoveNextAsync());
        Assert.Equal(WatchKind.Added, watch.Current.Kind);
        Assert.True((await _cluster.Client.DeleteAsync(path with { Name = "one" }, DeleteRequest.Default, Ct)).Ok);
    }

    [Fact]
    public async Task Discovery_TellsOfIt_InItsPlace()
    {
        var entry = await AggregatedCluster.UntilAsync(() => EntryAsync("wardle.example.com"), item => item?.String("freshness") == "Current");
        Assert.Equal("flunders", ((JsonObject)entry!.Array("resources")![0]).String("resource"));
        // A kind that is not told is told as nothing, for clients that do not look.
        var subresource = (JsonObject)((JsonObject)entry.Array("resources")![0]).Array("subresources")![0];
        Assert.Equal("", subresource.Object("responseKind")!.String("kind"));

        var groups = (await _cluster.GetAsync("/apis")).Array("groups")!.Cast<JsonObject>().Select(group => group.String("name")).ToList();
        Assert.Equal("wardle.example.com", groups[^1]);
        Assert.Equal("wardle.example.com/v1alpha1", (await _cluster.GetAsync("/apis/wardle.example.com")).Object("preferredVersion")!.String("groupVersion"));
        Assert.Equal("flunders", ((JsonObject)(await _cluster.GetAsync("/apis/wardle.example.com/v1alpha1")).Array("resources")![0]).String("name"));
        Assert.Contains("/apis/wardle.example.com/v1alpha1", (await _cluster.GetAsync("/")).Array("paths")!.Cast<JsonString>().Select(path => path.Value));
    }

    [Fact]
    public async Task Discovery_ByPriority_MovesUp()
    {
        await _cluster.SendAsync("PATCH", "/apis/apiregistration.k8s.io/v1/apiservices/v1alpha1.wardle.example.com", """{"spec":{"groupPriorityMinimum":17760}}""", contentType: "application/merge-patch+json");
        var groups = await AggregatedCluster.UntilAsync(
            async () => (await _cluster.GetAsync("/apis")).Array("groups")!.Cast<JsonObject>().Select(group => group.String("name")!).ToList(),
            names => names[2] == "wardle.example.com");
        Assert.Equal(["apiregistration.k8s.io", "apps", "wardle.example.com", "events.k8s.io"], groups[..4]);
    }

    [Fact]
    public async Task Schemas_OfBothVersions_AreTold_AndGoWithIt()
    {
        var index = await AggregatedCluster.UntilAsync(
            async () => (await _cluster.GetAsync("/openapi/v3")).Object("paths")!, paths => paths.ContainsKey("apis/wardle.example.com/v1alpha1"));
        Assert.Equal("/openapi/v3/apis/wardle.example.com/v1alpha1?hash=ABC", index.Object("apis/wardle.example.com/v1alpha1")!.String("serverRelativeURL"));
        // That of this server, not of the other.
        Assert.StartsWith("/openapi/v3/version?hash=", index.Object("version")!.String("serverRelativeURL"), StringComparison.Ordinal);
        var third = await _cluster.GetAsync("/openapi/v3/apis/wardle.example.com/v1alpha1?hash=ABC");
        Assert.NotNull(third.Object("components")!.Object("schemas")!.Object("com.example.wardle.v1alpha1.Flunder"));

        var second = await _cluster.GetAsync("/openapi/v2");
        var definitions = second.Object("definitions")!;
        var flunder = definitions.Object("com.example.wardle.v1alpha1.Flunder")!;
        // Its ObjectMeta is not this server's.
        Assert.Equal("#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta_v2", flunder.Object("properties")!.Object("metadata")!.String("$ref"));
        Assert.Equal("Another one.", definitions.Object("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta_v2")!.String("description"));
        Assert.False(definitions.ContainsKey("com.example.Unused"));
        Assert.False(second.Object("paths")!.ContainsKey("/apis/other.example.com/v1/things"));
        var post = second.Object("paths")!.Object("/apis/wardle.example.com/v1alpha1/namespaces/{namespace}/flunders")!.Object("post")!;
        Assert.Equal("pretty", ((JsonObject)post.Array("parameters")![1]).String("name"));

        await _cluster.SendAsync("DELETE", "/apis/apiregistration.k8s.io/v1/apiservices/v1alpha1.wardle.example.com");
        await AggregatedCluster.UntilAsync(async () => (await _cluster.GetAsync("/openapi/v3")).Object("paths")!, paths => !paths.ContainsKey("apis/wardle.example.com/v1alpha1"));
        Assert.False((await _cluster.GetAsync("/openapi/v2")).Object("definitions")!.ContainsKey("com.example.wardle.v1alpha1.Flunder"));
        Assert.Equal(404, (await _cluster.SendAsync("GET", Flunders)).Code);
        Assert.DoesNotContain("wardle", (await _cluster.SendAsync("GET", "/apis", accept: InOne)).Body);
    }

    [Fact]
    public async Task ServerGone_IsToldEverywhere_AndBackAgain()
    {
        var port = _extension.Port;
        await _extension.DisposeAsync();
        // Its connections are cut; the next look finds nobody. A change of the Service makes the look.
        await _cluster.SliceAsync("wardle", "api", port);
        var message = await _cluster.AvailableAsync("v1alpha1.wardle.example.com", "False", "FailedDiscoveryCheck");
        var url = $"https://127.0.0.1:{port}/apis/wardle.example.com/v1alpha1";
        Assert.Equal($"failing or missing response from {url}: Get \"{url}\": dial tcp 127.0.0.1:{port}: connect: connection refused", message);

        var (code, body) = await AggregatedCluster.UntilAsync(() => _cluster.SendAsync("GET", Flunders), answer => answer.Body.StartsWith("service", StringComparison.Ordinal));
        Assert.Equal((503, "service unavailable\n"), (code, body));
        var entry = await AggregatedCluster.UntilAsync(() => EntryAsync("wardle.example.com"), item => item?.String("freshness") == "Stale");
        Assert.Equal("""{"version":"v1alpha1","freshness":"Stale"}""", entry!.ToString());
        Assert.Contains("wardle.example.com", (await _cluster.SendAsync("GET", "/apis")).Body);
        var metrics = (await _cluster.SendAsync("GET", "/metrics", accept: "*/*")).Body;
        Assert.Contains("aggregator_unavailable_apiservice{name=\"v1alpha1.wardle.example.com\"} 1\n", metrics);
        Assert.Contains("aggregator_unavailable_apiservice{name=\"v1.apps\"} 0\n", metrics);
        Assert.Contains("aggregator_unavailable_apiservice_total{name=\"v1alpha1.wardle.example.com\",reason=\"FailedDiscoveryCheck\"} 1\n", metrics);
        var local = await _cluster.Client.ListAsync(new("wardle.example.com", "v1alpha1", "flunders", "a"), ListOptions.All, Ct);
        Assert.Equal((503, "service unavailable"), (local.Error!.Code, local.Error.Message));

        var again = await ExtensionApi.StartAsync((await _cluster.AuthenticationAsync()).String("requestheader-client-ca-file")!, "api.wardle.svc", port: port);
        await _cluster.SendAsync("PATCH", "/apis/apiregistration.k8s.io/v1/apiservices/v1alpha1.wardle.example.com", $$"""{"spec":{"caBundle":"{{again.CaBundle}}"} }""", contentType: "application/merge-patch+json");
        await _cluster.AvailableAsync("v1alpha1.wardle.example.com", "True", "Passed");
        await AggregatedCluster.UntilAsync(() => EntryAsync("wardle.example.com"), item => item?.String("freshness") == "Current");
        _extension = again;
        await CreateAsync("back");
    }

    [Fact]
    public async Task Availability_SaysWhatIsMissing()
    {
        await _cluster.ApiServiceAsync("v1", "x.example.com", """
            "insecureSkipTLSVerify":true,"service":{"namespace":"a","name":"x"}
            """);
        Assert.Equal("service/x in \"a\" is not present", await _cluster.AvailableAsync("v1.x.example.com", "False", "ServiceNotFound"));
        await _cluster.ServiceAsync("a", "x", """{"ports":[{"port":80}]}""");
        Assert.Equal("service/x in \"a\" is not listening on port 443", await _cluster.AvailableAsync("v1.x.example.com", "False", "ServicePortError"));
        await _cluster.SendAsync("PATCH", "/api/v1/namespaces/a/services/x", """{"spec":{"ports":[{"port":443}]}}""", contentType: "application/merge-patch+json");
        Assert.Equal("cannot find endpointslices for service/x in \"a\"", await _cluster.AvailableAsync("v1.x.example.com", "False", "EndpointsNotFound"));
        await _cluster.SliceAsync("a", "x", _extension.Port, ready: false);
        Assert.Equal(
            "endpointslices for service/x in \"a\" have no addresses with port name \"\"", await _cluster.AvailableAsync("v1.x.example.com", "False", "MissingEndpoints"));
        await _cluster.SliceAsync("a", "x", _extension.Port);
        // It answers, but not for this.
        var url = $"https://127.0.0.1:{_extension.Port}/apis/x.example.com/v1";
        Assert.Equal(
            $"failing or missing response from {url}: bad status from {url}: 404", await _cluster.AvailableAsync("v1.x.example.com", "False", "FailedDiscoveryCheck"));
    }

    [Theory]
    [InlineData("other.wardle.svc", "tls: failed to verify certificate: x509: certificate is valid for other.wardle.svc, not tls.wardle.svc")]
    [InlineData("", "tls: failed to verify certificate: x509: certificate signed by unknown authority")]
    public async Task Availability_CertificateOfAnother_IsRefused(string name, string expected)
    {
        await using var other = await ExtensionApi.StartAsync((await _cluster.AuthenticationAsync()).String("requestheader-client-ca-file")!, name.Length > 0 ? name : "tls.wardle.svc");
        await _cluster.ServiceAsync("wardle", "tls", """{"ports":[{"port":443}]}""");
        await _cluster.SliceAsync("wardle", "tls", other.Port);
        await _cluster.ApiServiceAsync("v1beta1", "metrics.k8s.io", $$"""
            "caBundle":"{{(name.Length > 0 ? other : _extension).CaBundle}}","service":{"namespace":"wardle","name":"tls"}
            """);
        Assert.EndsWith(expected, await _cluster.AvailableAsync("v1beta1.metrics.k8s.io", "False", "FailedDiscoveryCheck"));
        Assert.Empty(other.Seen);
    }

    [Fact]
    public async Task OldServer_ByExternalName_IsToldOfAllTheSame()
    {
        await using var old = await ExtensionApi.StartAsync((await _cluster.AuthenticationAsync()).String("requestheader-client-ca-file")!, "old.wardle.svc", modern: false);
        await _cluster.ServiceAsync("wardle", "old", """{"type":"ExternalName","externalName":"localhost"}""");
        await _cluster.SendAsync("DELETE", "/apis/apiregistration.k8s.io/v1/apiservices/v1alpha1.wardle.example.com");
        await _cluster.ApiServiceAsync("v1alpha1", "wardle.example.com", $$"""
            "insecureSkipTLSVerify":true,"service":{"namespace":"wardle","name":"old","port":{{old.Port}}}
            """);
        await _cluster.AvailableAsync("v1alpha1.wardle.example.com", "True", "Passed");
        var entry = await AggregatedCluster.UntilAsync(() => EntryAsync("wardle.example.com"), item => item?.String("freshness") == "Current");
        var flunders = (JsonObject)entry!.Array("resources")![0];
        Assert.Equal("""{"group":"wardle.example.com","version":"v1alpha1","kind":"Flunder"}""", flunders["responseKind"]!.ToString());
        Assert.Equal("exec", ((JsonObject)flunders.Array("subresources")![0]).String("subresource"));
        // What it says in OpenAPI 2 is said in 3.
        var url = await AggregatedCluster.UntilAsync(
            async () => (await _cluster.GetAsync("/openapi/v3")).Object("paths")!.Object("apis/wardle.example.com/v1alpha1")?.String("serverRelativeURL"), found => found is not null);
        var third = await _cluster.GetAsync(url!);
        Assert.NotNull(third.Object("components")!.Object("schemas")!.Object("com.example.wardle.v1alpha1.Flunder"));
        Assert.NotNull(third.Object("paths")!.Object("/apis/wardle.example.com/v1alpha1/namespaces/{namespace}/flunders")!.Object("post")!.Object("requestBody"));
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("authentication.kubernetes.io/pod-name", "authentication.kubernetes.io%2Fpod-name")]
    [InlineData("a%b", "a%25b")]
    [InlineData("ü", "%C3%BC")]
    public void Escape_Key_IsAHeadersName(string key, string expected) => Assert.Equal(expected, UserHeaders.Escape(key));

    [Fact]
    public void Put_NewLine_IsRefused()
    {
        using var request = new HttpRequestMessage();
        Assert.Throws<HttpRequestException>(() => UserHeaders.Put(request.Headers, new UserInfo("a", ["b\r\nX-Remote-Group: system:masters"])));
    }

    private async Task<HttpResponseMessage> ImpersonatingAsync(HttpRequestMessage request)
    {
        using var handler = new SocketsHttpHandler { RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8 };
        handler.SslOptions.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
        using var http = new HttpClient(handler) { BaseAddress = _cluster.Http.BaseAddress };
        http.DefaultRequestHeaders.Authorization = _cluster.Http.DefaultRequestHeaders.Authorization;
        return await http.SendAsync(request, Ct);
    }

    private Task CreateAsync(string name) => _cluster.MakeAsync(Flunders, $$"""{"apiVersion":"wardle.example.com/v1alpha1","kind":"Flunder","metadata":{"name":"{{name}}"} }""");

    private async Task<JsonObject?> EntryAsync(string group) =>
        (JsonObject?)(await _cluster.GetAsync("/apis", InOne)).Array("items")!.Cast<JsonObject>().FirstOrDefault(item => item.Object("metadata")!.String("name") == group)
            ?.Array("versions")![0];
}
