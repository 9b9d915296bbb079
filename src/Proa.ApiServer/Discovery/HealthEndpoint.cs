using System.Collections.Concurrent;
using System.Text;
using Proa.ApiServer.Metrics;
using Proa.ApiServer.Pipeline;

namespace Proa.ApiServer.Discovery;

/// <summary>
/// <c>/healthz</c>, <c>/livez</c>, <c>/readyz</c>, each with <c>?verbose</c> and <c>?exclude=NAME</c>, and one check alone as
/// <c>/readyz/NAME</c>; <c>/metrics/slis</c> tells what they said.
/// </summary>
public sealed class HealthEndpoint(IReadOnlyList<HealthCheck> checks) : IPathEndpoint
{
    private static readonly HealthCheck s_ping = new("ping", ReadyOnly: false, static () => true);
    private readonly CounterFamily _asked = new("kubernetes_healthchecks_total", "counter", "[STABLE] This metric records the results of all healthcheck.", "name", "status", "type");
    private readonly ConcurrentDictionary<(string Name, string Kind), bool> _last = new();
    private readonly HealthCheck[] _checks = [s_ping, .. checks];

    public ValueTask<ApiResponse?> TryHandleAsync(ApiRequest request, CancellationToken ct)
    {
        if (request.Path == "/metrics/slis")
        {
            return new(Indicators());
        }
        var path = request.Path.AsSpan(1);
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
                if (!Ask(check, kind))
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
        if (!verbose && excluded.Count == 0 && AllHealthy(kind))
        {
            return Answer("ok");
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
            var healthy = Ask(check, kind);
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
            : Answer(verbose ? $"{text}{kind} check passed\n" : "ok");
    }

    private bool AllHealthy(string kind)
    {
        var healthy = true;
        foreach (var check in _checks)
        {
            healthy &= !Belongs(check, kind) || Ask(check, kind);
        }
        return healthy;
    }

    private static BytesResponse Answer(string text) =>
        new(200, Encoding.UTF8.GetBytes(text)) { ContentType = "text/plain; charset=utf-8", Headers = [new("X-Content-Type-Options", "nosniff")] };

    private bool Ask(HealthCheck check, string kind)
    {
        var healthy = check.IsHealthy();
        _asked.Of(new(check.Name, healthy ? "success" : "error", kind)).Add();
        _last[(check.Name, kind)] = healthy;
        return healthy;
    }

    /// <summary>What the checks said when they were last asked for, and how often.</summary>
    private BytesResponse Indicators()
    {
        var text = new MetricsText();
        text.Head("kubernetes_healthcheck", "gauge", "[STABLE] This metric records the result of a single healthcheck.");
        foreach (var ((name, kind), healthy) in _last.OrderBy(static item => item.Key.Name, StringComparer.Ordinal).ThenBy(static item => item.Key.Kind, StringComparer.Ordinal))
        {
            text.Sample("kubernetes_healthcheck", healthy ? 1 : 0, ("name", name), ("type", kind));
        }
        _asked.WriteTo(text);
        ProcessMetrics.WriteStart(text);
        return new(200, Encoding.UTF8.GetBytes(text.ToString())) { ContentType = MetricsText.ContentType };
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
