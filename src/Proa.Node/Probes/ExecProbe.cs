using System.Globalization;
using Proa.Api.Models.Core;
using Proa.Node.Cri;
using Proa.Client.Grpc;

namespace Proa.Node.Probes;

/// <summary>Runs a command inside the container: exit code 0 is success.</summary>
internal sealed class ExecProbe(CriRuntime runtime)
{
    private const int MaxOutput = 10 * 1024;

    public async Task<ProbeOutcome> RunAsync(ProbeTarget target, ExecAction action, TimeSpan timeout, CancellationToken ct)
    {
        var answer = await runtime.ExecSyncAsync(target.ContainerId, action.Command, timeout, ct);
        if (!answer.Ok)
        {
            return answer.Status.Code == GrpcCode.DeadlineExceeded
                ? ProbeOutcome.Failure(
                    $"command timed out: \"{string.Join(' ', action.Command)}\" timed out after {timeout.TotalSeconds.ToString(CultureInfo.InvariantCulture)}s")
                : ProbeOutcome.Error($"rpc error: code = {answer.Status.Code} desc = {answer.Status.Message}");
        }
        if (answer.Value.ExitCode == 0)
        {
            return ProbeOutcome.Success;
        }
        var output = answer.Value.Stdout.ToStringUtf8() + answer.Value.Stderr.ToStringUtf8();
        return ProbeOutcome.Failure(output.Length <= MaxOutput ? output : output[..MaxOutput]);
    }
}
