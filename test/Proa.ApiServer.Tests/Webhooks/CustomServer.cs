using Proa.Api.Json;
using Proa.Store;

namespace Proa.ApiServer.Tests.Webhooks;

/// <summary>A server that serves what CustomResourceDefinitions define.</summary>
internal sealed class CustomServer : IAsyncDisposable
{
    private readonly TestServer _server;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    private CustomServer(TestServer server)
    {
        _server = server;
        _running = server.Server.RunAsync(_stop.Token);
    }

    public IObjectStore Store => _server.Store;

    public TestServer Server => _server;

    public static async Task<CustomServer> StartAsync()
    {
        var server = await TestServer.StartAsync();
        await server.NamespaceAsync("default");
        return new(server);
    }

    /// <summary>Makes a definition and waits until it is served.</summary>
    public async Task DefineAsync(string name, string definition)
    {
        await ExpectAsync(201, "POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition);
        await UntilAsync(() => _server.Types.ForCollection(name) is not null);
    }

    public Task<JsonObject> ExpectAsync(int code, string method, string path, string? body = null, string contentType = "application/json") =>
        _server.ExpectAsync(code, method, path, body, contentType);

    public static async Task UntilAsync(Func<bool> holds)
    {
        for (var i = 0; i < 1000 && !holds(); i++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, TestContext.Current.CancellationToken);
        }
        Assert.True(holds());
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
        await _server.DisposeAsync();
    }
}
