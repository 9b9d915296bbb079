using System.Net;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Proa.ApiServer.Tests.Proxying;

public sealed class ProxyTests : IAsyncLifetime
{
    private WebApplication _backend = null!;
    private TestServer _server = null!;
    private int _port;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options => options.Listen(IPAddress.Loopback, 0));
        _backend = builder.Build();
        _backend.UseWebSockets();
        _backend.Run(HandleAsync);
        await _backend.StartAsync();
        _port = new Uri(_backend.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;
        _server = await TestServer.StartAsync(options => options with { AllowLoopbackProxy = true });
        await _server.NamespaceAsync("a");
        await _server.ExpectAsync(201, "POST", "/api/v1/namespaces/a/pods",
            $$"""{"metadata":{"name":"p"},"spec":{"nodeName":"n","containers":[{"name":"c","image":"i","ports":[{"containerPort":{{_port}} }]}]} }""");
        await _server.ExpectAsync(200, "PATCH", "/api/v1/namespaces/a/pods/p/status",
            """{"status":{"phase":"Running","podIP":"127.0.0.1","podIPs":[{"ip":"127.0.0.1"}]}}""", "application/merge-patch+json");
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _backend.DisposeAsync();
    }

    [Theory]
    [InlineData("GET", "/api/v1/namespaces/a/pods/p/proxy/some/path%2Fx/?q=1", "GET /some/path%2Fx/?q=1 ")]
    [InlineData("PUT", "/api/v1/namespaces/a/pods/p/proxy/", "PUT / body")]
    [InlineData("DELETE", "/api/v1/namespaces/a/pods/http:p:{port}/proxy/x", "DELETE /x ")]
    [InlineData("POST", "/api/v1/namespaces/a/pods/p:{port}/proxy/x", "POST /x body")]
    public async Task Forward_AnyMethod_KeepsPathQueryAndBody(string method, string path, string expected)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path.Replace("{port}", $"{_port}", StringComparison.Ordinal));
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer secret");
        request.Content = expected.EndsWith("body", StringComparison.Ordinal) ? new StringContent("body") : null;
        using var response = await _server.Http.SendAsync(request, Ct);

        Assert.Equal(418, (int)response.StatusCode);
        Assert.Equal(expected, await response.Content.ReadAsStringAsync(Ct));
        Assert.Equal("", response.Headers.GetValues("X-Authorization").Single());
    }

    [Fact]
    public async Task Forward_LargeBody_GoesThrough()
    {
        using var content = new ByteArrayContent(new byte[5 * 1024 * 1024]);
        using var response = await _server.Http.PostAsync("/api/v1/namespaces/a/pods/p/proxy/large", content, Ct);

        Assert.Equal(418, (int)response.StatusCode);
        Assert.Equal("POST /large ".Length + (5 * 1024 * 1024), (await response.Content.ReadAsStringAsync(Ct)).Length);
    }

    [Fact]
    public async Task Forward_RedirectAndPage_LeadBackThroughTheProxy()
    {
        const string Prefix = "/api/v1/namespaces/a/pods/p/proxy";
        using var handler = new HttpClientHandler { AllowAutoRedirect = false };
        using var http = new HttpClient(handler) { BaseAddress = _server.Http.BaseAddress };
        using var bare = await http.GetAsync(Prefix, Ct);
        // What is no page goes on as it is.
        using var posted = await http.PostAsync(Prefix + "?a=b", null, Ct);
        using var options = await http.SendAsync(new(HttpMethod.Options, Prefix + "/x"), Ct);
        using var redirect = await http.GetAsync(Prefix + "/redirect", Ct);
        var page = await http.GetStringAsync(Prefix + "/page", Ct);

        Assert.Equal(301, (int)bare.StatusCode);
        Assert.EndsWith(Prefix + "/", bare.Headers.Location!.OriginalString, StringComparison.Ordinal);
        Assert.Equal((418, "POST /?a=b "), ((int)posted.StatusCode, await posted.Content.ReadAsStringAsync(Ct)));
        Assert.Equal((418, "OPTIONS /x "), ((int)options.StatusCode, await options.Content.ReadAsStringAsync(Ct)));
        Assert.Equal($"{Prefix}/elsewhere", redirect.Headers.Location!.OriginalString);
        Assert.Equal($"<p title=\"/x\"><a href=\"{Prefix}/abs\">a</a><a href=\"rel\">b</a><img src='https://other/x'></p>", page);
    }

    [Fact]
    public async Task Forward_WebSocket_IsTunnelled()
    {
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri($"ws://{_server.Http.BaseAddress!.Authority}/api/v1/namespaces/a/pods/p/proxy/socket"), Ct);
        await socket.SendAsync(Encoding.UTF8.GetBytes("hello"), WebSocketMessageType.Text, true, Ct);
        var buffer = new byte[64];
        var received = await socket.ReceiveAsync(buffer, Ct);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Ct);

        Assert.Equal("echo hello", Encoding.UTF8.GetString(buffer, 0, received.Count));
    }

    [Theory]
    [InlineData("/api/v1/namespaces/a/pods/p:1/proxy/", 503, "error trying to reach service: dial tcp 127.0.0.1:1: connect: connection refused")]
    [InlineData("/api/v1/namespaces/a/pods/ftp:p:1/proxy/", 400, "invalid pod request \"ftp:p:1\"")]
    [InlineData("/api/v1/namespaces/a/pods/q/proxy/", 404, "pods \"q\" not found")]
    [InlineData("/api/v1/namespaces/a/services/s/proxy/", 404, "services \"s\" not found")]
    public async Task Forward_NobodyThere_AnswersAStatus(string path, int code, string message)
    {
        var answer = await _server.ExpectAsync(code, "GET", path);

        Assert.Equal(message, answer.String("message"));
    }

    [Fact]
    public async Task Forward_ServiceWithoutEndpoints_IsUnavailable()
    {
        await _server.ExpectAsync(201, "POST", "/api/v1/namespaces/a/services", """{"metadata":{"name":"s"},"spec":{"ports":[{"port":80}]}}""");

        var none = await _server.ExpectAsync(503, "GET", "/api/v1/namespaces/a/services/s:80/proxy/");
        var noPort = await _server.ExpectAsync(503, "GET", "/api/v1/namespaces/a/services/s:81/proxy/");

        Assert.Equal("no endpoints available for service \"s\"", none.String("message"));
        Assert.Equal("no service port 81 found for service \"s\"", noPort.String("message"));
    }

    private static async Task HandleAsync(HttpContext context)
    {
        switch (context.Request.Path.Value)
        {
            case "/redirect":
                context.Response.Redirect("/elsewhere");
                return;
            case "/page":
                context.Response.ContentType = "text/html; charset=utf-8";
                await context.Response.WriteAsync("<p title=\"/x\"><a href=\"/abs\">a</a><a href=\"rel\">b</a><img src='https://other/x'></p>");
                return;
            case "/socket":
                using (var socket = await context.WebSockets.AcceptWebSocketAsync())
                {
                    var buffer = new byte[64];
                    var received = await socket.ReceiveAsync(buffer, CancellationToken.None);
                    await socket.SendAsync(Encoding.UTF8.GetBytes("echo " + Encoding.UTF8.GetString(buffer, 0, received.Count)), WebSocketMessageType.Text, true, CancellationToken.None);
                    await socket.ReceiveAsync(buffer, CancellationToken.None);
                    await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
                }
                return;
        }
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync();
        context.Response.StatusCode = 418;
        context.Response.Headers["X-Authorization"] = context.Request.Headers.Authorization.ToString();
        var target = context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget;
        await context.Response.WriteAsync($"{context.Request.Method} {target} {body}");
    }
}
