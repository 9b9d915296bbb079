using System.Globalization;
using Proa.Api.Models.Meta;
using Proa.Client.Node;

namespace Proa.ApiServer.Streams;

/// <summary>How a stream ended, as the Status that clients read.</summary>
internal static class StreamStatus
{
    public static readonly Status Success = new() { StatusValue = "Success" };

    public static Status Failure(int code, string reason, string message) => new()
    {
        ApiVersion = "v1",
        Kind = "Status",
        StatusValue = "Failure",
        Code = code,
        Reason = reason,
        Message = message,
    };

    public static Status Of(NodeError error) => Failure(error.Code, error.Reason, error.Message);

    /// <summary>Clients take the exit code from the cause named ExitCode.</summary>
    public static Status Of(ExecResult result)
    {
        if (result.Error is { } error)
        {
            return new() { StatusValue = "Failure", Reason = error.Reason, Message = error.Message, Code = error.Code };
        }
        if (result.ExitCode == 0)
        {
            return Success;
        }
        var code = result.ExitCode.ToString(CultureInfo.InvariantCulture);
        return new()
        {
            StatusValue = "Failure",
            Reason = "NonZeroExitCode",
            Message = $"command terminated with non-zero exit code: exit code {code}",
            Details = new() { Causes = [new() { Reason = "ExitCode", Message = code }] },
        };
    }
}
