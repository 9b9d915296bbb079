using Proa.Api.Json;
using Proa.Api.Kinds;

namespace Proa.ApiServer.CustomResources.Definitions;

/// <summary>What a definition's <c>spec.conversion</c> must be like; fields are named as the original's internal type has them. Pure.</summary>
internal static class ConversionRules
{
    private const string Client = "spec.conversion.webhookClientConfig";
    private const string Versions = "spec.conversion.conversionReviewVersions";
    private const string NotWebhook = "should not be set when strategy is not set to Webhook";

    /// <param name="preserves">Whether the definition keeps unknown fields, in which case versions differ by name only.</param>
    public static void Check(JsonObject? conversion, bool preserves, FieldErrors errors)
    {
        if (conversion is null)
        {
            return;
        }
        if (preserves && conversion.String("strategy") is { } strategy and not "None")
        {
            errors.Invalid("spec.conversion.strategy", strategy, "must be None if spec.preserveUnknownFields is true");
        }
        errors.OneOf("spec.conversion.strategy", conversion.String("strategy"), "None", "Webhook");
        var webhook = conversion.Object("webhook");
        var reviews = webhook?.Array("conversionReviewVersions");
        if (conversion.String("strategy") != "Webhook")
        {
            if (webhook?.Object("clientConfig") is not null)
            {
                errors.Forbidden(Client, NotWebhook);
            }
            if (reviews is { Count: > 0 })
            {
                errors.Forbidden(Versions, NotWebhook);
            }
            return;
        }
        CheckClient(webhook?.Object("clientConfig"), errors);
        CheckVersions(reviews, errors);
    }

    private static void CheckClient(JsonObject? client, FieldErrors errors)
    {
        const string Form = "; desired format: https://host[/path]";
        if (client is null)
        {
            errors.Required(Client, "required when strategy is set to Webhook");
            return;
        }
        var (url, service) = (client.String("url"), client.Object("service"));
        if (url is null == service is null)
        {
            errors.Required(Client, "exactly one of url or service is required");
        }
        else if (service is not null)
        {
            foreach (var field in (ReadOnlySpan<string>)["name", "namespace"])
            {
                if (string.IsNullOrEmpty(service.String(field)))
                {
                    errors.Required($"{Client}.service.{field}");
                }
            }
            if (service.Int("port") is < 1 or > 65535)
            {
                errors.Invalid(Client + ".service.port", service["port"], "port is not valid: must be between 1 and 65535, inclusive");
            }
        }
        else if (!Uri.TryCreate(url, UriKind.Absolute, out var parsed) || parsed.Scheme != "https")
        {
            errors.Invalid(Client + ".url", url!.Split("://") is [var scheme, _] ? scheme : "", "'https' is the only allowed URL scheme" + Form);
        }
        else if (parsed.Query.Length > 0)
        {
            errors.Invalid(Client + ".url", parsed.Query[1..], "query parameters are not permitted in the URL");
        }
    }

    private static void CheckVersions(JsonArray? reviews, FieldErrors errors)
    {
        if (reviews is not { Count: > 0 })
        {
            errors.Required(Versions);
            return;
        }
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < reviews.Count; i++)
        {
            if (reviews[i] is JsonString version && !seen.Add(version.Value))
            {
                errors.Invalid($"{Versions}[{i}]", version, "duplicate version");
            }
        }
        if (!seen.Contains("v1") && !seen.Contains("v1beta1"))
        {
            errors.Invalid(Versions, reviews, "must include at least one of v1, v1beta1");
        }
    }
}
