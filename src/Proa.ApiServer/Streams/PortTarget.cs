using Proa.Client.Node;

namespace Proa.ApiServer.Streams;

/// <summary>The pod whose ports are forwarded.</summary>
internal sealed record PortTarget(INodeApi Node, string Namespace, string Pod, string Uid)
{
    /// <returns>The connection, or the text that clients show.</returns>
    public async Task<(Stream? Connection, string? Error)> ConnectAsync(int port, CancellationToken ct)
    {
        var (connection, error) = await Node.ConnectAsync(Namespace, Pod, port, ct);
        return connection is null
            ? (null, $"error forwarding port {port} to pod {Pod}_{Namespace}, uid {Uid}: {error?.Message}")
            : (connection, null);
    }
}
