using System.Net;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Proa.Api.Models.Core;
using Proa.Node.Probes;
using Proa.Node.Probes.V1;

namespace Proa.Node.Tests.Probes;

/// <summary>The probe against a real HTTP/2 server that speaks the health protocol.</summary>
public sealed class GrpcProbeTests
{
    [Fact]
    public async Task Run_Serving_Succeeds()
    {
        var outcome = await ProbeAsync(HealthCheckResponse.Types.ServingStatus.Serving, grpcStatus: 0);

        Assert.Equal(ProbeOutcome.Success, outcome);
    }

    [Fact]
    public async Task Run_NotServing_FailsWithTheServersWord()
    {
        var outcome = await ProbeAsync(HealthCheckResponse.Types.ServingStatus.NotServing, grpcStatus: 0);

        Assert.Equal(ProbeOutcome.Failure("service unhealthy (responded with \"NOT_SERVING\")"), outcome);
    }

    [Fact]
    public async Task Run_NoHealthService_SaysSo()
    {
        var outcome = await ProbeAsync(null, grpcStatus: 12);

        Assert.Contains("does not implement the grpc health protocol", outcome.ToString());
    }

    private static async Task<ProbeOutcome> ProbeAsync(HealthCheckResponse.Types.ServingStatus? status, int grpcStatus)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        await using var app = builder.Build();
        app.Run(async context =>
        {
            context.Response.ContentType = "application/grpc";
            if (context.Request.Path == "/grpc.health.v1.Health/Check" && status is { } serving)
            {
                var message = new HealthCheckResponse { Status = serving }.ToByteArray();
                await context.Response.Body.WriteAsync(new byte[] { 0, 0, 0, 0, (byte)message.Length });
                await context.Response.Body.WriteAsync(message);
            }
            context.Response.AppendTrailer("grpc-status", $"{grpcStatus}");
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        var port = new Uri(app.Urls.First()).Port;
        return await new GrpcProbe(TimeProvider.System).RunAsync(
            new ProbeTarget(Pod.Empty, Container.Empty, "c", "127.0.0.1"), new GRPCAction { Port = port }, TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
    }
}
