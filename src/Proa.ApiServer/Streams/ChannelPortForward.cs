using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Text;

namespace Proa.ApiServer.Streams;

/// <summary>
/// Port-forward over WebSocket channels: port number i of the query has channel 2i for data and 2i+1 for errors; each begins
/// with the port in two bytes, the low one first. One connection a port and WebSocket.
/// </summary>
internal static class ChannelPortForward
{
    private const int MaxPorts = 64;

    public static async Task RunAsync(ChannelSocket socket, PortTarget target, IReadOnlyList<ushort> ports, CancellationToken ct)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var inputs = ports.Take(MaxPorts).Select(_ => new Pipe()).ToArray();
        try
        {
            for (var i = 0; i < inputs.Length; i++)
            {
                var announced = new byte[2];
                BinaryPrimitives.WriteUInt16LittleEndian(announced, ports[i]);
                await socket.SendAsync((byte)(2 * i), announced, ct);
                await socket.SendAsync((byte)((2 * i) + 1), announced, ct);
            }
            var forwarding = Task.WhenAll(inputs.Select((input, i) => ForwardAsync(socket, target, ports[i], i, input.Reader, over.Token)));
            var reading = ReadAsync(socket, inputs, over);
            await forwarding;
            await socket.CloseAsync(ct);
            await over.CancelAsync();
            await reading;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The client went away; there is nobody to tell.
        }
    }

    private static async Task ReadAsync(ChannelSocket socket, Pipe[] inputs, CancellationTokenSource over)
    {
        try
        {
            await socket.ReadAllAsync(
                async (channel, data) =>
                {
                    if (channel % 2 == 0 && channel / 2 < inputs.Length && data.Length > 0)
                    {
                        await inputs[channel / 2].Writer.WriteAsync(data, over.Token);
                    }
                },
                over.Token);
        }
        catch (OperationCanceledException)
        {
        }
        await over.CancelAsync();
    }

    private static async Task ForwardAsync(ChannelSocket socket, PortTarget target, ushort port, int index, PipeReader input, CancellationToken ct)
    {
        try
        {
            var (connection, error) = await target.ConnectAsync(port, ct);
            if (connection is null)
            {
                await socket.SendAsync((byte)((2 * index) + 1), Encoding.UTF8.GetBytes(error!), ct);
                return;
            }
            await using (connection)
            {
                using var answered = CancellationTokenSource.CreateLinkedTokenSource(ct);
                var upward = SpdyPortForward.SendAsync(input.AsStream(), connection, answered.Token);
                try
                {
                    await connection.CopyToAsync(new ChannelOutput(socket, (byte)(2 * index)), ct);
                }
                finally
                {
                    await answered.CancelAsync();
                    await upward;
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // One end went away.
        }
        await input.CompleteAsync();
    }
}
