using Proa.Api.Json;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Admission;
using Proa.ApiServer.Verbs;

namespace Proa.ApiServer.Subresources;

/// <summary>Admission of what subresources exchange beside the object itself: evictions, bindings, connections. Thread-safe.</summary>
internal sealed class SubresourceAdmission(AdmissionChain chain)
{
    /// <param name="complete">Adds what is known of it besides, for those who only look.</param>
    /// <returns>What refuses it; otherwise the object as admission left it.</returns>
    public async ValueTask<(Status? Refusal, JsonObject Object)> AdmitAsync(
        RequestScope scope, AdmissionOperation operation, JsonObject obj, WriteParameters parameters, CancellationToken ct, Action<JsonObject>? complete = null)
    {
        if (operation == AdmissionOperation.Create && scope.Namespace.Length > 0 && obj.EnsureObject("metadata") is var metadata
            && metadata.String("namespace") is not { Length: > 0 })
        {
            metadata["namespace"] = scope.Namespace;
        }
        var request = new AdmissionRequest
        {
            Operation = operation,
            Type = scope.Type,
            Namespace = scope.Namespace,
            Name = scope.Name,
            Subresource = scope.Subresource,
            User = scope.User,
            DryRun = parameters.DryRun,
            Object = obj,
            OptionsSource = parameters.Options,
            IsForeign = true,
            Warn = scope.Warn,
            Note = scope.Request.Annotate,
        };
        try
        {
            var refusal = await chain.MutateAsync(request, ct);
            if (refusal is null)
            {
                complete?.Invoke(request.Object ?? obj);
                refusal = await chain.ValidateAsync(request, ct);
            }
            return (refusal, request.Object ?? obj);
        }
        finally
        {
            await request.FinishAsync(committed: false);
        }
    }

    /// <summary>Of a connection, whose options are in its query.</summary>
    public async ValueTask<Status?> ConnectAsync(RequestScope scope, CancellationToken ct)
    {
        var (refusal, _) = await AdmitAsync(scope, AdmissionOperation.Connect, Options(scope), new WriteParameters(false, "", FieldValidation.Ignore, false), ct);
        return refusal;
    }

    private static JsonObject Options(RequestScope scope)
    {
        var query = scope.Request.Query;
        var kind = scope.Subresource switch
        {
            "exec" => "PodExecOptions",
            "attach" => "PodAttachOptions",
            "portforward" => "PodPortForwardOptions",
            _ => scope.Type.Kind + "ProxyOptions",
        };
        var options = new JsonObject { ["kind"] = kind, ["apiVersion"] = "v1" };
        if (kind is "PodExecOptions" or "PodAttachOptions")
        {
            foreach (var flag in (ReadOnlySpan<string>)["stdin", "stdout", "stderr", "tty"])
            {
                if (query.Flag(flag))
                {
                    options[flag] = true;
                }
            }
            if (query["container"] is { Length: > 0 } container)
            {
                options["container"] = container;
            }
            if (query.All("command") is { Count: > 0 } command)
            {
                options["command"] = new JsonArray(command.Select(static word => (JsonValue)word));
            }
        }
        else if (kind == "PodPortForwardOptions")
        {
            options["ports"] = new JsonArray(query.All("ports").Select(static port => int.TryParse(port, out var number) ? (JsonValue)number : port));
        }
        else if (scope.Request.Info.SubresourcePath is { Length: > 0 } path)
        {
            options["path"] = "/" + path;
        }
        return options;
    }
}
