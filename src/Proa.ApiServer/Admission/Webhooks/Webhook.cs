using Proa.Api.Json;
using Proa.ApiServer.Admission.Matching;
using Proa.ApiServer.Webhooks;

namespace Proa.ApiServer.Admission.Webhooks;

/// <summary>One entry of a webhook configuration. Immutable and thread-safe.</summary>
internal sealed class Webhook
{

    public Webhook(string configuration, int index, JsonObject webhook)
    {
        Configuration = configuration;
        Name = webhook.String("name") ?? "";
        Id = $"{configuration}/{Name}/{index}";
        Match = MatchResources.OfWebhook(webhook);
        Conditions = MatchConditions.Of(webhook.Array("matchConditions"));
        Ignores = webhook.String("failurePolicy") == "Ignore";
        Timeout = TimeSpan.FromSeconds(Math.Clamp(webhook.Int("timeoutSeconds") ?? 10, 1, 30));
        SideEffects = webhook.String("sideEffects");
        IsReinvocable = webhook.String("reinvocationPolicy") == "IfNeeded";
        Target = WebhookTarget.Of(webhook.Object("clientConfig"));
        ReviewVersion = webhook.Array("admissionReviewVersions")?.OfType<JsonString>()
            .Select(static version => version.Value).FirstOrDefault(static version => version is "v1" or "v1beta1");
    }

    public string Configuration { get; }

    public string Name { get; }

    /// <summary>Tells it from all others.</summary>
    public string Id { get; }

    public MatchResources Match { get; }

    /// <summary>Null: none.</summary>
    public MatchConditions? Conditions { get; }

    /// <summary>Where it cannot be asked, the request goes on.</summary>
    public bool Ignores { get; }

    public TimeSpan Timeout { get; }

    public string? SideEffects { get; }

    /// <summary>It wants to see what later webhooks made of the object.</summary>
    public bool IsReinvocable { get; }

    public WebhookTarget? Target { get; }

    /// <summary>The first version of the review that it and this server know; null: none.</summary>
    public string? ReviewVersion { get; }
}
