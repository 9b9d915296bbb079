using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Proa.Client.Streams.Spdy;

namespace Proa.ApiServer.Streams;

/// <summary>
/// Port-forward over SPDY: for each connection the client opens an error stream and a data stream, which headers pair by
/// <c>requestID</c> and send to a <c>port</c>.
/// </summary>
internal static class SpdyPortForward
{
    /// <param name="transport">Owned from now on.</param>
    public static async Task RunAsync(Stream transport, PortTarget target, TimeProvider time, CancellationToken ct)
    {
        await using var connection = new SpdyConnection(transport, SpdyRole.Server);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var running = SpdyExec.RunConnectionAsync(connection, over);
        var forwarding = new ConcurrentDictionary<Task, bool>();
        var halves = new Dictionary<string, SpdyStream>(StringComparer.Ordinal);
        try
        {
            await foreach (var stream in connection.Accepted.ReadAllAsync(over.Token))
            {
                var id = RequestId(stream);
                if (!halves.Remove(id, out var other))
                {
                    halves[id] = stream;
                    continue;
                }
                var (errors, data) = stream.Headers["streamType"] == "error" ? (stream, other) : (other, stream);
                var task = ForwardAsync(errors, data, target, over.Token);
                forwarding[task] = true;
                _ = task.ContinueWith(done => forwarding.TryRemove(done, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            }
        }
        catch (OperationCanceledException)
        {
        }
        finally
        {
            await over.CancelAsync();
            await running;
            await Task.WhenAll(forwarding.Keys);
        }
    }

    /// <summary>Clients before requestID open the data stream right after the error stream.</summary>
    private static string RequestId(SpdyStream stream) => stream.Headers["requestID"]
        ?? (stream.Headers["streamType"] == "error" ? stream.Id : stream.Id - 2).ToString(CultureInfo.InvariantCulture);

    private static async Task ForwardAsync(SpdyStream errors, SpdyStream data, PortTarget target, CancellationToken ct)
    {
        await using (errors)
        await using (data)
        {
            try
            {
                if (!ushort.TryParse(data.Headers["port"], CultureInfo.InvariantCulture, out var port) || port == 0)
                {
                    await TellAsync(errors, $"\"{data.Headers["port"]}\" is not a port", ct);
                    return;
                }
                var (connection, error) = await target.ConnectAsync(port, ct);
                if (connection is null)
                {
                    await TellAsync(errors, error!, ct);
                    await data.CompleteAsync(ct);
                    return;
                }
                await using (connection)
                {
                    await CopyBothWaysAsync(data, connection, ct);
                }
                await errors.CompleteAsync(ct);
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
                // One end went away; disposing tells the other.
            }
        }
    }

    /// <summary>Until the pod's side has said everything; the client's end of input is passed on and does not end the answer.</summary>
    private static async Task CopyBothWaysAsync(SpdyStream client, Stream pod, CancellationToken ct)
    {
        using var answered = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var upward = SendAsync(client, pod, answered.Token);
        try
        {
            await pod.CopyToAsync(client, ct);
            await client.CompleteAsync(ct);
        }
        finally
        {
            await answered.CancelAsync();
            await upward;
        }
    }

    internal static async Task SendAsync(Stream from, Stream pod, CancellationToken ct)
    {
        try
        {
            await from.CopyToAsync(pod, ct);
            if (pod is NetworkStream network)
            {
                network.Socket.Shutdown(SocketShutdown.Send);
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The other direction ends too, and tells.
        }
    }

    private static async Task TellAsync(SpdyStream errors, string message, CancellationToken ct)
    {
        await errors.WriteAsync(Encoding.UTF8.GetBytes(message), ct);
        await errors.CompleteAsync(ct);
    }
}
