using Proa.Api.Models.Meta;
using Proa.ApiServer.Admission.Matching;
using Proa.ApiServer.Metrics;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Security;
using Proa.ApiServer.Types;
using Proa.Store;

namespace Proa.ApiServer.Admission.Webhooks;

/// <summary>Whether a webhook is concerned with a request, its conditions included. Thread-safe.</summary>
internal sealed class WebhookMatcher(IObjectStore store, TypeCatalog types, IAuthorizer? authorizer, AdmissionMetrics metrics, bool validating)
{
    /// <returns>The type as which the request is shown to it; neither: it is not concerned.</returns>
    public (ServedType? Type, Status? Refusal) Match(Webhook webhook, AdmissionRequest request, CancellationToken ct)
    {
        var match = webhook.Match.Match(request, store, types);
        if (match.Error is { } error)
        {
            return (null, Statuses.Failure(404, "NotFound", error));
        }
        if (match.Type is not { } matched || webhook.Conditions is not { } conditions)
        {
            return (match.Type, null);
        }
        var decision = conditions.Evaluate(new AdmissionVariables(request, matched, types, store, authorizer, ct), ct);
        if (decision.Error is not null)
        {
            metrics.ConditionFailed(webhook.Name, "webhook", request.Operation, validating);
        }
        else if (!decision.Matches)
        {
            metrics.Excluded(webhook.Name, "webhook", request.Operation, validating);
        }
        if (decision.Error is { } failed && !webhook.Ignores)
        {
            return (null, Statuses.Forbidden(request.GroupResource, request.Name, failed));
        }
        return (decision.Matches ? matched : null, null);
    }
}
