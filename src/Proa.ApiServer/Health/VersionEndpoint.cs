using System.Runtime.InteropServices;
using Proa.Api.Json;
using Proa.ApiServer.Pipeline;

namespace Proa.ApiServer;

/// <summary><c>/version</c>: the Kubernetes version whose API this is; Proa's own version follows the plus sign.</summary>
internal sealed class VersionEndpoint : IPathEndpoint
{
    private const string Kubernetes = "v1.36.2";

    public ValueTask<ApiResponse?> TryHandleAsync(ApiRequest request, CancellationToken ct)
    {
        if (request.Path.TrimEnd('/') != "/version")
        {
            return default;
        }
        var own = typeof(VersionEndpoint).Assembly.GetName().Version;
        return new(ApiResponse.Of(200, new JsonObject
        {
            ["major"] = "1",
            ["minor"] = "36",
            ["gitVersion"] = $"{Kubernetes}+proa{own?.ToString(3)}",
            ["gitCommit"] = "",
            ["gitTreeState"] = "clean",
            ["buildDate"] = "2026-11-21T00:00:00Z",
            ["goVersion"] = RuntimeInformation.FrameworkDescription,
            ["compiler"] = "roslyn",
            ["platform"] = $"linux/{(RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "amd64")}",
        }));
    }
}
