using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Proa.Api.Json;
using Proa.Api.Schema;
using Proa.ApiServer.Security;
using Proa.ApiServer.Types;
using Proa.Client;
using Proa.Store;

namespace Proa.ApiServer.Tests;

/// <summary>A whole API server over a store in memory, on Kestrel and loopback, with an HTTP and an in-process client.</summary>
public sealed class TestServer : IAsyncDisposable
{
    private readonly KestrelServer _kestrel;
    private readonly IObjectStore _store;

    private TestServer(ApiServer server, KestrelServer kestrel, IObjectStore store, TypeCatalog types, Uri address)
    {
        (Server, _kestrel, _store, Types) = (server, kestrel, store, types);
        Http = new HttpClient { BaseAddress = address };
        Http.DefaultRequestHeaders.UserAgent.ParseAdd("test/1");
        Client = server.ClientFor(new UserInfo("admin", [UserInfo.AdministratorsGroup]), "test");
    }

    public ApiServer Server { get; }

    public HttpClient Http { get; }

    public IClusterClient Client { get; }

    public IObjectStore Store => _store;

    public TypeCatalog Types { get; }

    public static async Task<TestServer> StartAsync(Func<ApiServerOptions, ApiServerOptions>? change = null)
    {
        var store = ObjectStore.InMemory(TimeProvider.System);
        var options = new ApiServerOptions
        {
            Store = store,
            Types = TypeCatalog.BuiltIn(SchemaRegistry.BuiltIn),
            Clock = TimeProvider.System,
            Logging = new ErrorsToConsole(),
        };
        var server = new ApiServer(change?.Invoke(options) ?? options);
        var kestrelOptions = new KestrelServerOptions { AddServerHeader = false, ResponseHeaderEncodingSelector = static name => name == "Warning" ? Encoding.UTF8 : null };
        kestrelOptions.Listen(System.Net.IPAddress.Loopback, 0);
        var kestrel = new KestrelServer(
            Options.Create(kestrelOptions),
            new SocketTransportFactory(Options.Create(new SocketTransportOptions()), NullLoggerFactory.Instance),
            NullLoggerFactory.Instance);
        await kestrel.StartAsync(new Application(server), CancellationToken.None);
        var address = kestrel.Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return new(server, kestrel, store, options.Types, new Uri(address));
    }

    public async Task<(int Code, JsonValue? Body)> SendAsync(string method, string path, string? body = null, string contentType = "application/json", string? accept = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8);
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        }
        if (accept is not null)
        {
            request.Headers.TryAddWithoutValidation("Accept", accept);
        }
        using var response = await Http.SendAsync(request);
        var text = await response.Content.ReadAsByteArrayAsync();
        return ((int)response.StatusCode, text.Length == 0 ? null : JsonTree.Parse(text));
    }

    /// <summary>Sends and expects a code; the answer must be an object.</summary>
    public async Task<JsonObject> ExpectAsync(int code, string method, string path, string? body = null, string contentType = "application/json")
    {
        var (actual, answer) = await SendAsync(method, path, body, contentType);
        Assert.True(code == actual, $"{method} {path}: {actual} {answer}");
        return Assert.IsType<JsonObject>(answer);
    }

    public async Task NamespaceAsync(string name)
    {
        await ExpectAsync(201, "POST", "/api/v1/namespaces", $$"""{"metadata":{"name":"{{name}}"} }""");
        await ExpectAsync(201, "POST", $"/api/v1/namespaces/{name}/serviceaccounts", """{"metadata":{"name":"default"}}""");
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        using var now = new CancellationTokenSource(0);
        await _kestrel.StopAsync(now.Token);
        _kestrel.Dispose();
        await _store.DisposeAsync();
    }

    /// <summary>What the server logs as an error is a bug: it must be seen beside the failed test.</summary>
    private sealed class ErrorsToConsole : ILoggerFactory, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                Console.Error.WriteLine($"{formatter(state, exception)} {exception}");
            }
        }

        public void Dispose()
        {
        }
    }

    private sealed class Application(ApiServer server) : IHttpApplication<HttpContext>
    {
        public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

        public Task ProcessRequestAsync(HttpContext context) => server.HandleAsync(context);

        public void DisposeContext(HttpContext context, Exception? exception)
        {
        }
    }
}
