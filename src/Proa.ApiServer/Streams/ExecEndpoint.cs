using Microsoft.AspNetCore.Http;
using Proa.Api.Models.Core;
using Proa.ApiServer.Pipeline;
using Proa.Client.Node;

namespace Proa.ApiServer.Streams;

/// <summary>Runs a command in a container, or attaches to its process, over whichever protocol the client upgrades to.</summary>
internal static class ExecEndpoint
{
    public static ApiResponse Handle(ApiRequest request, Pod pod, string container, INodeApi node, TimeProvider time)
    {
        var query = request.Query;
        var isAttach = request.Info.Subresource == "attach";
        var tty = query.Flag("tty");
        var wanted = new ExecStreamsWanted(query.Flag("stdin"), query.Flag("stdout"), query.Flag("stderr") && !tty, tty);
        if (wanted is { Stdin: false, Stdout: false, Stderr: false })
        {
            wanted = wanted with { Stdout = true, Stderr = !tty };
        }
        var command = isAttach ? [] : query.All("command");
        if (!isAttach && command.Count == 0)
        {
            return ApiResponse.Of(StreamStatus.Failure(400, "BadRequest", "you must specify at least one command for the container"));
        }
        var asked = new ExecRequest(pod.Metadata.Namespace ?? "", pod.Metadata.Name ?? "", container, command) { Tty = tty };
        return new StreamResponse((context, ct) => RunAsync(context, node, asked, wanted, time, ct));
    }

    private static Task RunAsync(HttpContext context, INodeApi node, ExecRequest asked, ExecStreamsWanted wanted, TimeProvider time, CancellationToken ct)
    {
        if (Upgrades.IsWebSocket(context))
        {
            return WebSocketExec.RunAsync(context, node, asked, wanted, ct);
        }
        return Upgrades.IsSpdy(context)
            ? SpdyExec.RunAsync(context, node, asked, wanted, time, ct)
            : Upgrades.RefuseAsync(context, 400, "BadRequest", "Upgrade request required", ct);
    }
}

/// <summary>Which streams a client asked for.</summary>
internal sealed record ExecStreamsWanted(bool Stdin, bool Stdout, bool Stderr, bool Tty);
