using System.Globalization;
using Microsoft.AspNetCore.Http;
using Proa.Api.Models;
using Proa.Api.Models.Core;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Pipeline;
using Proa.Client.Node;

namespace Proa.ApiServer.Streams;

/// <summary>A container's log as plain text.</summary>
internal static class LogEndpoint
{
    public static ApiResponse Handle(ApiRequest request, Pod pod, string container, INodeApi node, TimeProvider time)
    {
        var query = request.Query;
        var causes = new List<StatusCause>();
        var tail = Number(query, "tailLines", 0, causes);
        var limit = Number(query, "limitBytes", 1, causes);
        var seconds = Number(query, "sinceSeconds", 1, causes);
        DateTimeOffset? since = seconds is { } ago ? time.GetUtcNow().AddSeconds(-ago) : null;
        if (query["sinceTime"] is { Length: > 0 } text)
        {
            if (seconds is not null)
            {
                causes.Add(Cause("FieldValueForbidden", "sinceSeconds", "Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified"));
            }
            else if (!DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var parsed))
            {
                return ApiResponse.Of(StreamStatus.Failure(400, "BadRequest", $"parsing time \"{text}\": expected RFC 3339"));
            }
            else
            {
                since = parsed;
            }
        }
        if (causes.Count > 0)
        {
            var all = string.Join(", ", causes.Select(cause => $"{cause.Field}: {cause.Message}"));
            return ApiResponse.Of(StreamStatus.Failure(422, "Invalid", $"PodLogOptions \"{pod.Metadata.Name}\" is invalid: {(causes.Count == 1 ? all : $"[{all}]")}")
                with
            { Details = new() { Kind = "PodLogOptions", Name = pod.Metadata.Name, Causes = causes } });
        }
        var asked = new LogRequest(pod.Metadata.Namespace ?? "", pod.Metadata.Name ?? "", container)
        {
            Follow = query.Flag("follow"),
            Previous = query.Flag("previous"),
            Timestamps = query.Flag("timestamps"),
            TailLines = tail,
            LimitBytes = limit,
            Since = since,
        };
        return new StreamResponse((context, ct) => Upgrades.IsWebSocket(context)
            ? WebSocketLog.RunAsync(context, node, asked, ct)
            : WriteAsync(context, node, asked, ct));
    }

    private static async Task WriteAsync(HttpContext context, INodeApi node, LogRequest asked, CancellationToken ct)
    {
        context.Response.ContentType = "text/plain";
        if (await node.LogsAsync(asked, context.Response.Body, ct) is { } error && !context.Response.HasStarted)
        {
            context.Response.StatusCode = error.Code;
            context.Response.ContentType = ApiResponse.Json;
            await context.Response.Body.WriteAsync(Model.ToUtf8(StreamStatus.Of(error)), ct);
        }
    }

    private static long? Number(RequestQuery query, string name, long atLeast, List<StatusCause> causes)
    {
        if (query[name] is not { Length: > 0 } text)
        {
            return null;
        }
        if (!long.TryParse(text, CultureInfo.InvariantCulture, out var number) || number < atLeast)
        {
            var bound = atLeast == 0 ? "must be greater than or equal to 0" : "must be greater than 0";
            causes.Add(Cause("FieldValueInvalid", name, $"Invalid value: {text}: {bound}"));
        }
        return number;
    }

    private static StatusCause Cause(string reason, string field, string message) => new() { Reason = reason, Field = field, Message = message };
}
