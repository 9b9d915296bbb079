using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Proa.Api.Json;
using Proa.ApiServer.Security.Transport;

namespace Proa.ApiServer.Tests.Hostile;

/// <summary>Each hostile request gets a Status or the HTTP server's plain refusal, and the server goes on.</summary>
public sealed class HostileRequestsTests
{
    private const string Silent = "silent";

    [Fact]
    public async Task Serve_HostileRequests_EachRefusedAndServerLives()
    {
        await using var server = await WholeServer.StartAsync();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var started = new TaskCompletionSource();
        var listener = new ApiListener(new([new IPEndPoint(IPAddress.Loopback, 0)]), server.Pki, server.Server.HandleAsync, TimeProvider.System, NullLoggerFactory.Instance);
        var running = listener.RunAsync(started.SetResult, stop.Token);
        await started.Task;
        var port = listener.Addresses[0].Port;
        var requests = HostileRequests.All(server.Token);
        Assert.True(requests.Count >= 200, $"{requests.Count} requests");

        var wrong = new ConcurrentQueue<string>();
        await Parallel.ForEachAsync(requests, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = stop.Token }, async (request, ct) =>
        {
            var answer = await AskAsync(port, request, ct);
            if (Complaint(request, answer) is { } complaint)
            {
                wrong.Enqueue($"{request.Name}: {complaint}");
            }
        });
        Assert.True(wrong.IsEmpty, string.Join('\n', wrong.Order(StringComparer.Ordinal)));

        // No TLS at all, then one honest request.
        using (var plain = new TcpClient())
        {
            await plain.ConnectAsync(IPAddress.Loopback, port, stop.Token);
            await plain.GetStream().WriteAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), stop.Token);
        }
        var honest = await AskAsync(port, new("", Encoding.ASCII.GetBytes($"GET /api/v1/namespaces/default HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {server.Token}\r\n\r\n")), stop.Token);
        Assert.StartsWith("HTTP/1.1 200", honest);
        await stop.CancelAsync();
        await running;
    }

    /// <summary>What is wrong with an answer.</summary>
    private static string? Complaint(HostileRequest request, string answer)
    {
        if (answer == Silent)
        {
            return request.CutsOff ? null : "no answer that ends";
        }
        if (answer.Length == 0 || !answer.StartsWith("HTTP/1.1 ", StringComparison.Ordinal))
        {
            // Closed, or HTTP/2's frames.
            return null;
        }
        var code = int.Parse(answer.AsSpan(9, 3), System.Globalization.CultureInfo.InvariantCulture);
        var at = answer.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (at < 0)
        {
            return "no end of headers";
        }
        var body = answer[(at + 4)..];
        // The original's answer to a created object with a version is 500 too.
        if ((code is 500 && !body.Contains("resourceVersion should not be set", StringComparison.Ordinal)) || code is 502 or 503)
        {
            return $"{code} {body[..Math.Min(300, body.Length)]}";
        }
        if (code < 400 || body.Length == 0 || !answer[..at].Contains("application/json", StringComparison.Ordinal) || answer[..at].Contains("chunked", StringComparison.Ordinal))
        {
            return null;
        }
        var status = JsonTree.Parse(body) as JsonObject;
        return status?.String("kind") == "Status" && status.Int("code") == code && status.String("message") is { Length: > 0 } ? null : $"{code} without its Status: {body[..Math.Min(300, body.Length)]}";
    }

    private static async Task<string> AskAsync(int port, HostileRequest request, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, limit.Token);
        await using var tls = new SslStream(client.GetStream(), false, static (_, _, _, _) => true);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "127.0.0.1" }, limit.Token);
        var answer = new MemoryStream();
        try
        {
            // Answers may come before all is sent.
            var sending = SendAsync();
            if (!request.CutsOff)
            {
                await tls.CopyToAsync(answer, limit.Token);
            }
            await sending;
        }
        catch (IOException)
        {
            // The server closed the connection.
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return Silent;
        }
        return Encoding.Latin1.GetString(answer.ToArray());

        async Task SendAsync()
        {
            try
            {
                await tls.WriteAsync(request.Bytes, limit.Token);
                await tls.FlushAsync(limit.Token);
            }
            catch (IOException)
            {
                // The server refused to read all.
            }
        }
    }
}
