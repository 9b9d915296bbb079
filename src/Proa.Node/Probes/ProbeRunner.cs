using Proa.Api.Models.Core;
using Proa.Node.Cri;

namespace Proa.Node.Probes;

/// <summary>Makes one probe, of whichever sort. Thread-safe.</summary>
internal sealed class ProbeRunner(CriRuntime runtime, TimeProvider time) : IDisposable
{
    private readonly HttpProbe _http = new(time);
    private readonly TcpProbe _tcp = new(time);
    private readonly GrpcProbe _grpc = new(time);
    private readonly ExecProbe _exec = new(runtime);

    public Task<ProbeOutcome> RunAsync(ProbeTarget target, Probe probe, CancellationToken ct)
    {
        var timeout = TimeSpan.FromSeconds(Math.Max(probe.TimeoutSeconds ?? 1, 1));
        return probe.Exec is { } exec ? _exec.RunAsync(target, exec, timeout, ct)
            : probe.HttpGet is { } get ? _http.RunAsync(target, get, timeout, ct)
            : probe.TcpSocket is { } tcp ? _tcp.RunAsync(target, tcp, timeout, ct)
            : probe.Grpc is { } grpc ? _grpc.RunAsync(target, grpc, timeout, ct)
            : Task.FromResult(ProbeOutcome.Error("missing probe handler"));
    }

    /// <summary>Runs a hook; <paramref name="timeout"/> is what its container has left.</summary>
    public async Task<ProbeOutcome> RunHookAsync(ProbeTarget target, LifecycleHandler hook, TimeSpan timeout, CancellationToken ct)
    {
        if (hook.Sleep is { } sleep)
        {
            var wanted = TimeSpan.FromSeconds(sleep.Seconds);
            await Task.Delay(wanted < timeout ? wanted : timeout, time, ct);
            return ProbeOutcome.Success;
        }
        return hook.Exec is { } exec ? await _exec.RunAsync(target, exec, timeout, ct)
            : hook.HttpGet is { } get ? await _http.RunAsync(target, get, timeout, ct)
            : hook.TcpSocket is { } tcp ? await _tcp.RunAsync(target, tcp, timeout, ct)
            : ProbeOutcome.Error("invalid handler");
    }

    public void Dispose() => _http.Dispose();
}
