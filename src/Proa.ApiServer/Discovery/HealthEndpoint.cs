using System.Text;
using Proa.ApiServer.Pipeline;

namespace Proa.ApiServer.Discovery;

/// <summary><c>/healthz</c>, <c>/livez</c>, <c>/readyz</c>, each with <c>?verbose</c> and with one check as <c>/readyz/NAME</c>.</summary>
public sealed class HealthEndpoint(IReadOnlyList<HealthCheck> checks) : IPathEndpoint
{
    public ValueTask<ApiResponse?> TryHandleAsync(ApiRequest request, CancellationToken ct)
    {
        var end = request.Path.IndexOf('/', 1);
        var kind = end < 0 ? request.Path[1..] : request.Path[1..end];
        if (kind is not ("healthz" or "livez" or "readyz"))
        {
            return new((ApiResponse?)null);
        }
        var only = end < 0 ? "" : request.Path[(end + 1)..];
        var text = new StringBuilder("[+]ping ok\n");
        var failed = false;
        var found = only is "" or "ping";
        foreach (var check in checks)
        {
            if ((check.ReadyOnly && kind == "livez") || (only.Length > 0 && only != check.Name))
            {
                continue;
            }
            found = true;
            var healthy = check.IsHealthy();
            failed |= !healthy;
            text.Append(healthy ? $"[+]{check.Name} ok\n" : $"[-]{check.Name} failed: reason withheld\n");
        }
        if (!found)
        {
            return new((ApiResponse?)null);
        }
        if (failed)
        {
            return new(ApiResponse.Text(500, text.Append(kind).Append(" check failed\n").ToString()));
        }
        return new(ApiResponse.Text(200, request.Query["verbose"] is null ? "ok" : text.Append(kind).Append(" check passed\n").ToString()));
    }
}

/// <param name="ReadyOnly">A server that fails it is alive, but not ready.</param>
/// <param name="IsHealthy">Quick, thread-safe, does not throw.</param>
public sealed record HealthCheck(string Name, bool ReadyOnly, Func<bool> IsHealthy);
