using System.Net.Sockets;
using Proa.Api.Models.Core;

namespace Proa.Node.Probes;

/// <summary>Opens a connection and closes it.</summary>
internal sealed class TcpProbe(TimeProvider time)
{
    public async Task<ProbeOutcome> RunAsync(ProbeTarget target, TCPSocketAction action, TimeSpan timeout, CancellationToken ct)
    {
        if (target.PortOf(action.Port) is not { } port)
        {
            return ProbeOutcome.Error($"invalid port {action.Port}");
        }
        var host = string.IsNullOrEmpty(action.Host) ? target.Ip : action.Host;
        using var deadline = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, deadline.Token);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(host, port, either.Token);
            return ProbeOutcome.Success;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return ProbeOutcome.Failure($"dial tcp {host}:{port}: i/o timeout");
        }
        catch (SocketException e)
        {
            return ProbeOutcome.Failure(DialError.Describe(e, host, port));
        }
    }
}
