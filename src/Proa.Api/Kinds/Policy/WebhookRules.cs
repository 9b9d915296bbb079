using Proa.Api.Json;
using Proa.Api.Kinds.Workloads;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Policy;

/// <summary>Checks webhook configurations.</summary>
internal static class WebhookRules
{
    private const string UrlForm = "; desired format: https://host[/path]";

    /// <param name="oldWebhooks">Conditions that did not change are not compiled again.</param>
    public static void Check(JsonObject configuration, bool mutating, JsonArray? oldWebhooks, FieldErrors errors)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var i = 0;
        foreach (var webhook in configuration.Objects("webhooks"))
        {
            var path = $"webhooks[{i}]";
            var before = oldWebhooks is not null && i < oldWebhooks.Count ? oldWebhooks[i] as JsonObject : null;
            Check(webhook, before, mutating, path, errors);
            Versions(webhook, path + ".admissionReviewVersions", errors);
            if (webhook.String("name") is { Length: > 0 } name && !names.Add(name))
            {
                errors.Duplicate(path + ".name", name);
            }
            i++;
        }
    }

    private static void Check(JsonObject webhook, JsonObject? before, bool mutating, string path, FieldErrors errors)
    {
        Name(webhook.String("name") ?? "", path + ".name", errors);
        var i = 0;
        foreach (var rule in webhook.Objects("rules"))
        {
            MatchRules.Rule(rule, $"{path}.rules[{i++}]", errors);
        }
        Known(webhook, "failurePolicy", path, errors, "Fail", "Ignore");
        Known(webhook, "matchPolicy", path, errors, "Equivalent", "Exact");
        if (webhook.String("sideEffects") is not { } effects)
        {
            errors.Required(path + ".sideEffects", "must specify one of None, NoneOnDryRun");
        }
        else if (effects is not ("None" or "NoneOnDryRun"))
        {
            errors.NotSupported(path + ".sideEffects", effects, "None", "NoneOnDryRun");
        }
        if (webhook.Int("timeoutSeconds") is { } seconds and (< 1 or > 30))
        {
            errors.Invalid(path + ".timeoutSeconds", seconds, "the timeout value must be between 1 and 30 seconds");
        }
        LabelSelectorRules.Check(webhook.Object("namespaceSelector"), path + ".namespaceSelector", errors);
        LabelSelectorRules.Check(webhook.Object("objectSelector"), path + ".objectSelector", errors);
        if (mutating)
        {
            Known(webhook, "reinvocationPolicy", path, errors, "IfNeeded", "Never");
        }
        Client(webhook.Object("clientConfig") ?? [], path + ".clientConfig", errors);
        if (before is null || !FieldErrors.Same(webhook["matchConditions"], before["matchConditions"]))
        {
            MatchRules.Conditions(webhook.Array("matchConditions"), parameters: false, path + ".matchConditions", errors);
        }
    }

    private static void Name(string name, string path, FieldErrors errors)
    {
        if (name.Length == 0)
        {
            errors.Required(path);
        }
        else if (Names.DnsSubdomain(name) is { Length: > 0 } problems)
        {
            errors.Invalid(path, name, string.Join(',', problems));
        }
        else if (name.Split('.').Length < 3)
        {
            errors.Invalid(path, name, "should be a domain with at least three segments separated by dots");
        }
    }

    private static void Known(JsonObject webhook, string field, string path, FieldErrors errors, params ReadOnlySpan<string> allowed)
    {
        if (webhook.String(field) is { } value && !allowed.Contains(value))
        {
            errors.NotSupported($"{path}.{field}", value, allowed);
        }
    }

    private static void Client(JsonObject client, string path, FieldErrors errors)
    {
        var service = client.Object("service");
        if (client.String("url") is { } url)
        {
            if (service is not null)
            {
                errors.Required(path, "exactly one of url or service is required");
            }
            else
            {
                Url(url, path + ".url", errors);
            }
        }
        else if (service is null)
        {
            errors.Required(path, "exactly one of url or service is required");
        }
        else
        {
            Service(service, path + ".service", errors);
        }
    }

    private static void Url(string url, string path, FieldErrors errors)
    {
        if (!Uri.TryCreate(url, UriKind.RelativeOrAbsolute, out var parsed))
        {
            errors.Required(path, $"url must be a valid URL: parse \"{url}\": invalid URL{UrlForm}");
            return;
        }
        var absolute = parsed.IsAbsoluteUri && url.Contains("://", StringComparison.Ordinal);
        var scheme = absolute ? parsed.Scheme : "";
        if (scheme != "https")
        {
            errors.Invalid(path, scheme, "'https' is the only allowed URL scheme" + UrlForm);
        }
        if (!absolute || parsed.Host.Length == 0)
        {
            errors.Invalid(path, "", "host must be specified" + UrlForm);
        }
        if (absolute && parsed.UserInfo.Length > 0)
        {
            errors.Invalid(path, parsed.UserInfo, "user information is not permitted in the URL");
        }
        if (absolute && parsed.Fragment.Length > 1)
        {
            errors.Invalid(path, parsed.Fragment[1..], "fragments are not permitted in the URL");
        }
        if (absolute && parsed.Query.Length > 1)
        {
            errors.Invalid(path, parsed.Query[1..], "query parameters are not permitted in the URL");
        }
    }

    private static void Service(JsonObject service, string path, FieldErrors errors)
    {
        // The original gives the two to each other's check, and clients see that.
        if (string.IsNullOrEmpty(service.String("namespace")))
        {
            errors.Required(path + ".name");
        }
        if (string.IsNullOrEmpty(service.String("name")))
        {
            errors.Required(path + ".namespace");
        }
        if (service.Int("port") is { } port and (< 1 or > 65535))
        {
            errors.Invalid(path + ".port", port, "port is not valid: must be between 1 and 65535, inclusive");
        }
        if (service.String("path") is not { Length: > 0 } at || at == "/")
        {
            return;
        }
        path += ".path";
        if (at == "//")
        {
            errors.Invalid(path, at, "segment[0] may not be empty");
            return;
        }
        if (!at.StartsWith('/'))
        {
            errors.Invalid(path, at, "must start with a '/'");
        }
        var steps = at[1..].Split('/');
        var count = steps[^1].Length == 0 && steps.Length > 1 ? steps.Length - 1 : steps.Length;
        for (var i = 0; i < count; i++)
        {
            if (steps[i].Length == 0)
            {
                errors.Invalid(path, at, $"segment[{i}] may not be empty");
                continue;
            }
            foreach (var problem in Names.DnsSubdomain(steps[i]))
            {
                errors.Invalid(path, at, $"segment[{i}]: {problem}");
            }
        }
    }

    private static void Versions(JsonObject webhook, string path, FieldErrors errors)
    {
        var versions = MatchRules.Texts(webhook, "admissionReviewVersions");
        if (versions.Count == 0)
        {
            errors.Required(path, "must specify one of v1, v1beta1");
            return;
        }
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < versions.Count; i++)
        {
            if (!seen.Add(versions[i]))
            {
                errors.Invalid($"{path}[{i}]", versions[i], "duplicate version");
                continue;
            }
            errors.Invalid($"{path}[{i}]", versions[i], Names.Dns1035Label(versions[i]));
        }
        if (!seen.Contains("v1") && !seen.Contains("v1beta1"))
        {
            errors.Invalid(path, webhook["admissionReviewVersions"], "must include at least one of v1, v1beta1");
        }
    }
}
