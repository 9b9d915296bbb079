using System.Globalization;
using Proa.Api.Models.Core;
using Proa.Client.Grpc;
using Proa.Node.Probes.V1;

namespace Proa.Node.Probes;

/// <summary>Asks a server for its health by gRPC's health checking protocol.</summary>
internal sealed class GrpcProbe(TimeProvider time)
{
    public async Task<ProbeOutcome> RunAsync(ProbeTarget target, GRPCAction action, TimeSpan timeout, CancellationToken ct)
    {
        using var client = GrpcClient.OverTcp(target.Ip, action.Port, time);
        var answer = await client.CallAsync(
            "/grpc.health.v1.Health/Check", new HealthCheckRequest { Service = action.Service ?? "" }, HealthCheckResponse.Parser, timeout, ct);
        if (answer.Ok)
        {
            return answer.Value.Status == HealthCheckResponse.Types.ServingStatus.Serving
                ? ProbeOutcome.Success
                : ProbeOutcome.Failure($"service unhealthy (responded with \"{Name(answer.Value.Status)}\")");
        }
        var address = string.Create(CultureInfo.InvariantCulture, $"{target.Ip}:{action.Port}");
        return answer.Status.Code switch
        {
            GrpcCode.Unimplemented => ProbeOutcome.Failure(
                $"error: this server does not implement the grpc health protocol (grpc.health.v1.Health): {answer.Status.Message}"),
            GrpcCode.DeadlineExceeded or GrpcCode.Unavailable => ProbeOutcome.Failure(
                $"timeout: failed to connect service \"{address}\" within {timeout.TotalSeconds.ToString(CultureInfo.InvariantCulture)}s: context deadline exceeded"),
            _ => ProbeOutcome.Failure($"error: health rpc probe failed: rpc error: code = {answer.Status.Code} desc = {answer.Status.Message}"),
        };
    }

    private static string Name(HealthCheckResponse.Types.ServingStatus status) => status switch
    {
        HealthCheckResponse.Types.ServingStatus.NotServing => "NOT_SERVING",
        HealthCheckResponse.Types.ServingStatus.ServiceUnknown => "SERVICE_UNKNOWN",
        _ => "UNKNOWN",
    };
}
