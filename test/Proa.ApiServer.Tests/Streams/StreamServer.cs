using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Proa.Api.Models.Core;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Security;
using Proa.ApiServer.Streams;

namespace Proa.ApiServer.Tests.Streams;

/// <summary>Serves the streams of one pod, <c>ns/p</c> with the containers a and b, over clear-text HTTP on loopback.</summary>
internal sealed class StreamServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private StreamServer(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.First());

    public static async Task<StreamServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var streams = new PodStreams(name => name == "n1" ? new ScriptedNode() : null, TimeProvider.System);
        app.Run(context => HandleAsync(context, streams));
        await app.StartAsync();
        return new(app);
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private static async Task HandleAsync(HttpContext context, PodStreams streams)
    {
        var pod = new Pod
        {
            Metadata = new() { Namespace = "ns", Name = "p", Uid = "u" },
            Spec = new() { NodeName = "n1", Containers = [new() { Name = "a" }, new() { Name = "b" }] },
        };
        var request = new ApiRequest
        {
            Method = context.Request.Method,
            Info = new("get", context.Request.Path) { Subresource = context.Request.Path.Value!.Split('/')[^1] },
            User = new UserInfo("admin", []),
            Query = RequestQuery.Parse(context.Request.QueryString.Value ?? ""),
            Http = context,
        };
        var answer = streams.Handle(request, pod);
        if (answer is StreamResponse stream)
        {
            await stream.Run(context, context.RequestAborted);
            return;
        }
        var bytes = (BytesResponse)answer;
        context.Response.StatusCode = bytes.Code;
        context.Response.ContentType = bytes.ContentType;
        await context.Response.Body.WriteAsync(bytes.Body);
    }
}
