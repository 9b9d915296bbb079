using System.Runtime.InteropServices;
using Proa.Api.Json;
using Proa.ApiServer.Pipeline;

namespace Proa.ApiServer.Discovery;

/// <summary><c>/version</c>.</summary>
public sealed class VersionEndpoint : IPathEndpoint
{
    // The original indents it for everyone.
    private readonly byte[] _json = JsonTree.Indented(JsonTree.ToUtf8(new JsonObject
    {
        ["major"] = ServerVersion.Major,
        ["minor"] = ServerVersion.Minor,
        ["emulationMajor"] = ServerVersion.Major,
        ["emulationMinor"] = ServerVersion.Minor,
        ["minCompatibilityMajor"] = ServerVersion.Major,
        ["minCompatibilityMinor"] = ServerVersion.MinimumCompatible.Split('.')[1],
        ["gitVersion"] = ServerVersion.Git,
        ["gitCommit"] = "",
        ["gitTreeState"] = "clean",
        ["buildDate"] = "1970-01-01T00:00:00Z",
        ["goVersion"] = "",
        ["compiler"] = RuntimeInformation.FrameworkDescription,
        ["platform"] = RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "linux/arm64" : "linux/amd64",
    }));

    public ValueTask<ApiResponse?> TryHandleAsync(ApiRequest request, CancellationToken ct) =>
        new(request.Path is "/version" or "/version/" ? ApiResponse.Ok(_json) : null);
}
