using System.Net;

namespace Proa.ApiServer.Security.Transport;

/// <param name="Addresses">Where to listen; port 0 takes a free one.</param>
public sealed record ApiListenerOptions(IReadOnlyList<IPEndPoint> Addresses)
{
    /// <summary>Bytes of a request's body; Kubernetes takes objects of up to 3 MiB.</summary>
    public long MaxBodyBytes { get; init; } = 3 * 1024 * 1024;

    /// <summary>How long a stop waits for requests in flight.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(2);
}
