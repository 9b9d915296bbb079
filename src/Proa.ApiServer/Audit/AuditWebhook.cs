using System.Buffers;
using System.Net.Http.Headers;
using System.Threading.Channels;
using Proa.ApiServer.Metrics;
using Proa.ApiServer.Security;
using Proa.Client.Http;

namespace Proa.ApiServer.Audit;

/// <summary>
/// Sends recorded events to the server that a kubeconfig names, many at a time; whoever records one does not wait for it. What it
/// cannot take, and what it cannot keep until then, is counted as lost. Thread-safe.
/// </summary>
internal sealed class AuditWebhook : IDisposable
{
    private const int Kept = 10_000;
    private const int Most = 400;
    private const int Tries = 5;
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_atTheEnd = TimeSpan.FromSeconds(2);
    private readonly Channel<ReadOnlyMemory<byte>> _events = Channel.CreateBounded<ReadOnlyMemory<byte>>(new BoundedChannelOptions(Kept) { SingleReader = true });
    private readonly HttpClient _http;
    private readonly Uri _address;
    private readonly string? _token;
    private readonly TimeSpan _wait;
    private readonly TimeProvider _time;

    /// <param name="wait">For how long an event waits for others to go with it.</param>
    public AuditWebhook(KubeConfig connection, TimeSpan wait, TimeProvider time)
    {
        (_address, _token, _wait, _time) = (connection.Server, connection.Token, wait, time);
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, UseCookies = false, SslOptions = ReviewClient.Tls(connection) };
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    public Counter Errors { get; } = new();

    public void Add(ReadOnlyMemory<byte> line)
    {
        if (!_events.Writer.TryWrite(line.ToArray()))
        {
            Errors.Add();
        }
    }

    /// <summary>Sends until cancelled, and then what is still there, if it goes at once.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        var batch = new List<ReadOnlyMemory<byte>>(Most);
        try
        {
            while (await _events.Reader.WaitToReadAsync(ct))
            {
                await CollectAsync(batch, ct);
                await SendAsync(batch, ct);
                batch.Clear();
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            using var late = new CancellationTokenSource(s_atTheEnd, _time);
            Take(batch, Kept);
            if (batch.Count > 0 && !await TrySendAsync(batch, late.Token))
            {
                Errors.Add(batch.Count);
            }
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task CollectAsync(List<ReadOnlyMemory<byte>> batch, CancellationToken ct)
    {
        using var full = new CancellationTokenSource(_wait, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, full.Token);
        try
        {
            do
            {
                Take(batch, Most);
            }
            while (batch.Count < Most && await _events.Reader.WaitToReadAsync(either.Token));
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // It has waited long enough.
        }
    }

    private void Take(List<ReadOnlyMemory<byte>> batch, int most)
    {
        while (batch.Count < most && _events.Reader.TryRead(out var line))
        {
            batch.Add(line);
        }
    }

    private async Task SendAsync(List<ReadOnlyMemory<byte>> batch, CancellationToken ct)
    {
        var pause = s_pause;
        for (var i = 1; i <= Tries; i++)
        {
            using var late = new CancellationTokenSource(s_timeout, _time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, late.Token);
            if (await TrySendAsync(batch, both.Token))
            {
                return;
            }
            ct.ThrowIfCancellationRequested();
            if (i < Tries)
            {
                await Task.Delay(pause, _time, ct);
                pause *= 1.5;
            }
        }
        Errors.Add(batch.Count);
    }

    private async Task<bool> TrySendAsync(List<ReadOnlyMemory<byte>> batch, CancellationToken ct)
    {
        var body = new ArrayBufferWriter<byte>(batch.Sum(static line => line.Length) + 128);
        body.Write("{\"kind\":\"EventList\",\"apiVersion\":\"audit.k8s.io/v1\",\"metadata\":{},\"items\":["u8);
        for (var i = 0; i < batch.Count; i++)
        {
            if (i > 0)
            {
                body.Write(","u8);
            }
            body.Write(batch[i].Span);
        }
        body.Write("]}"u8);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, _address) { Content = new ReadOnlyMemoryContent(body.WrittenMemory) };
            request.Content.Headers.ContentType = new("application/json");
            if (_token is not null)
            {
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _token);
            }
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
            return response.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            return false;
        }
    }
}
