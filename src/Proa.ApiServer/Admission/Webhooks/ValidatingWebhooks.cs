using Proa.Api.Models.Meta;
using Proa.ApiServer.Types;
using Proa.Store;

namespace Proa.ApiServer.Admission.Webhooks;

/// <summary>Asks the validating webhooks, all at once; of several refusals the first by order is told.</summary>
internal sealed class ValidatingWebhooks(IObjectStore store, WebhookMatcher matcher, WebhookCaller caller) : IAdmissionStep
{
    private readonly WebhookConfigurations _configurations = new(store, "validatingwebhookconfigurations.admissionregistration.k8s.io");

    public async ValueTask<Status?> ValidateAsync(AdmissionRequest request, CancellationToken ct)
    {
        var webhooks = _configurations.All;
        if (webhooks.Count == 0 || WebhookRules.IsExempt(request))
        {
            return null;
        }
        var asked = new List<(Webhook Webhook, ServedType Type)>();
        foreach (var webhook in webhooks)
        {
            var (matched, refused) = matcher.Match(webhook, request, ct);
            if (refused is not null)
            {
                return refused;
            }
            if (matched is { } type)
            {
                asked.Add((webhook, type));
            }
        }
        if (asked.Count == 0)
        {
            return null;
        }
        var calls = new Task<Status?>[asked.Count];
        var gate = new Lock();
        for (var i = 0; i < calls.Length; i++)
        {
            calls[i] = AskAsync(asked[i].Webhook, asked[i].Type, i, Guarded(request, gate), ct);
        }
        foreach (var refusal in await Task.WhenAll(calls))
        {
            if (refusal is not null)
            {
                return refusal;
            }
        }
        return null;
    }

    private async Task<Status?> AskAsync(Webhook webhook, ServedType matched, int index, AdmissionRequest request, CancellationToken ct)
    {
        var (response, refusal) = await caller.AskAsync(webhook, request, matched, mutating: false, ct);
        if (response is null && refusal is null)
        {
            request.Annotate($"failed-open.validating.webhook.admission.k8s.io/round_0_index_{index}", webhook.Name);
        }
        return refusal;
    }

    /// <summary>The same request, whose warnings and notes several may write at once.</summary>
    private static AdmissionRequest Guarded(AdmissionRequest request, Lock gate) => request.With(
        text =>
        {
            lock (gate)
            {
                request.Warn(text);
            }
        },
        (key, value, from) =>
        {
            lock (gate)
            {
                request.Annotate(key, value, from);
            }
        });
}
