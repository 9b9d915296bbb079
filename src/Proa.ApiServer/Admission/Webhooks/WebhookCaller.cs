using Proa.Api.Json;
using Proa.Api.Models;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Metrics;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Subresources;
using Proa.ApiServer.Types;
using Proa.ApiServer.Webhooks;

namespace Proa.ApiServer.Admission.Webhooks;

/// <summary>Asks one webhook about one request. Thread-safe.</summary>
internal sealed class WebhookCaller(WebhookClient client, TypeCatalog types, AdmissionMetrics metrics, TimeProvider clock)
{
    /// <returns>
    /// What it answered when it lets the request pass; its refusal; or neither, when it could not be asked and that is to be
    /// ignored.
    /// </returns>
    public async ValueTask<(JsonObject? Response, Status? Refusal)> AskAsync(
        Webhook webhook, AdmissionRequest request, ServedType matched, bool mutating, CancellationToken ct)
    {
        if (request.DryRun && webhook.SideEffects is not ("None" or "NoneOnDryRun"))
        {
            return (null, Statuses.BadRequest($"admission webhook \"{webhook.Name}\" does not support dry run"));
        }
        var started = clock.GetTimestamp();
        try
        {
            var judged = Judge(webhook, request, await PostAsync(webhook, request, matched, mutating, ct));
            if (judged.Refusal is { Code: var code })
            {
                metrics.Rejected(webhook.Name, request.Operation, !mutating, "no_error", code ?? 400);
            }
            metrics.Webhook(webhook.Name, request.Operation, !mutating, judged.Refusal is not null, judged.Refusal?.Code ?? 200, clock.GetElapsedTime(started));
            return judged;
        }
        catch (WebhookCallException e)
        {
            metrics.Webhook(webhook.Name, request.Operation, !mutating, !webhook.Ignores, 500, clock.GetElapsedTime(started));
            if (webhook.Ignores)
            {
                metrics.FailedOpen(webhook.Name, !mutating);
                return (null, null);
            }
            metrics.Rejected(webhook.Name, request.Operation, !mutating, "calling_webhook_error", 500);
            return (null, Statuses.InternalError($"failed calling webhook \"{webhook.Name}\": {e.Message}"));
        }
    }

    /// <summary>An object of the request as the matched version has it: a copy.</summary>
    public JsonObject? View(AdmissionRequest request, ServedType matched, JsonObject? obj) =>
        obj is null ? null
        : request.IsForeign ? obj.CloneObject()
        : request.Subresource == "scale" ? ScaleView.Of(request.Type, obj)
        : types.FindRules(matched.Group, matched.Version, matched.Plural)?.FromStored(obj.CloneObject()) ?? obj.CloneObject();

    private async ValueTask<JsonObject> PostAsync(Webhook webhook, AdmissionRequest request, ServedType matched, bool mutating, CancellationToken ct)
    {
        if (webhook.ReviewVersion is not { } version)
        {
            throw new WebhookCallException("could not create admission objects: webhook does not accept known AdmissionReview versions (v1, v1beta1)");
        }
        if (webhook.Target is not { } target)
        {
            throw new WebhookCallException("could not get REST client: webhook configuration must have either service or URL");
        }
        var uid = Guid.NewGuid().ToString();
        var obj = View(request, matched, request.Object);
        if (mutating && request.IsCreate && !request.IsForeign && obj?.Object("metadata") is { } metadata)
        {
            // What the server adds to a new object comes after those that change it.
            metadata.Remove("uid");
            metadata.Remove("creationTimestamp");
        }
        var review = AdmissionReviews.Request(uid, version, request, matched, obj, View(request, matched, request.Old));
        JsonObject answer;
        try
        {
            answer = await client.PostAsync(target, review, webhook.Timeout, ct);
        }
        catch (WebhookCallException e)
        {
            throw new WebhookCallException($"failed to call webhook: {e.Message}");
        }
        return AdmissionReviews.Response(uid, version, mutating, answer);
    }

    private static (JsonObject? Response, Status? Refusal) Judge(Webhook webhook, AdmissionRequest request, JsonObject response)
    {
        foreach (var (key, value) in response.Object("auditAnnotations") ?? [])
        {
            request.Annotate($"{webhook.Name}/{key}", (value as JsonString)?.Value ?? "");
        }
        foreach (var warning in response.Array("warnings")?.OfType<JsonString>() ?? [])
        {
            request.Warn(warning.Value);
        }
        return response.Bool("allowed") == true ? (response, null) : (null, Denied(webhook.Name, response.Object("status")));
    }

    private static Status Denied(string webhook, JsonObject? given)
    {
        var result = given is null ? new Status() : Model.Read<Status>(JsonTree.ToUtf8(given));
        var denied = $"admission webhook \"{webhook}\" denied the request";
        return result with
        {
            ApiVersion = "v1",
            Kind = "Status",
            Code = result.Code is null or < 400 ? 400 : result.Code,
            StatusValue = result.StatusValue is null or "" or "Success" ? "Failure" : result.StatusValue,
            Message = result.Message is { Length: > 0 } message ? $"{denied}: {message}" : result.Reason is { Length: > 0 } reason ? $"{denied}: {reason}" : $"{denied} without explanation",
        };
    }
}
