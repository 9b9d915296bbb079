using System.Text;
using Proa.ApiServer.Pipeline;

namespace Proa.ApiServer.Discovery;

/// <summary>
/// <c>/healthz</c>, <c>/livez</c>, <c>/readyz</c>, each with <c>?verbose</c> and <c>?exclude=NAME</c>, and one check alone as
/// <c>/readyz/NAME</c>.
/// </summary>
public sealed class HealthEndpoint(IReadOnlyList<HealthCheck> checks) : IPathEndpoint
{
    private static readonly HealthCheck s_ping = new("ping", ReadyOnly: false, static () => true);
    private readonly HealthCheck[] _checks = [s_ping, .. checks];

    public ValueTask<ApiResponse?> TryHandleAsync(ApiRequest request, CancellationToken ct)
    {
        var path = request.Path.AsSpan(1).TrimEnd('/');
        var end = path.IndexOf('/');
        var kind = (end < 0 ? path : path[..end]) switch { "healthz" => "healthz", "livez" => "livez", "readyz" => "readyz", _ => "" };
        if (kind.Length == 0)
        {
            return new((ApiResponse?)null);
        }
        return new(end < 0 ? All(kind, request.Query) : One(kind, path[(end + 1)..], request.Query));
    }

    private ApiResponse? One(string kind, ReadOnlySpan<char> name, RequestQuery query)
    {
        foreach (var check in _checks)
        {
            if (name.SequenceEqual(check.Name) && Belongs(check, kind))
            {
                if (!check.IsHealthy())
                {
                    return ApiResponse.Text(500, $"internal server error: {check.Detail?.Invoke() ?? "it is not so now"}\n");
                }
                return ApiResponse.Text(200, query["verbose"] is null ? "ok" : Line(check, $"{kind} check passed\n"));
            }
        }
        return null;
    }

    private ApiResponse All(string kind, RequestQuery query)
    {
        var excluded = query.All("exclude");
        var verbose = query["verbose"] is not null;
        if (!verbose && excluded.Count == 0 && Array.TrueForAll(_checks, check => !Belongs(check, kind) || check.IsHealthy()))
        {
            return ApiResponse.Text(200, "ok");
        }
        var text = new StringBuilder();
        var failed = false;
        var unknown = new HashSet<string>(excluded, StringComparer.Ordinal);
        foreach (var check in _checks)
        {
            if (!Belongs(check, kind))
            {
                continue;
            }
            if (excluded.Contains(check.Name))
            {
                unknown.Remove(check.Name);
                text.Append($"[+]{check.Name} excluded: ok\n");
                continue;
            }
            var healthy = check.IsHealthy();
            failed |= !healthy;
            text.Append(healthy ? Line(check, "") : $"[-]{check.Name} failed: reason withheld\n");
        }
        if (unknown.Count > 0)
        {
            var names = string.Join(',', unknown.Order(StringComparer.Ordinal).Select(name => $"\"{name}\""));
            text.Append($"warn: some health checks cannot be excluded: no matches for {names}\n");
        }
        return failed
            ? ApiResponse.Text(500, $"{text}{kind} check failed\n")
            : ApiResponse.Text(200, verbose ? $"{text}{kind} check passed\n" : "ok");
    }

    private static string Line(HealthCheck check, string more) =>
        check.Detail is null ? $"[+]{check.Name} ok\n{more}" : $"[+]{check.Name} ok: {check.Detail()}\n{more}";

    private static bool Belongs(HealthCheck check, string kind) => !check.ReadyOnly || kind == "readyz";
}

/// <param name="ReadyOnly">A server that fails it is alive, but not ready.</param>
/// <param name="IsHealthy">Quick, thread-safe, does not throw.</param>
public sealed record HealthCheck(string Name, bool ReadyOnly, Func<bool> IsHealthy)
{
    /// <summary>One line on how it is: told when it fails and is asked for alone, and when all is asked for verbosely and it holds.</summary>
    public Func<string>? Detail { get; init; }
}
