using Proa.Api.Json;

namespace Proa.Api.Kinds.Policy;

/// <summary>Validating and mutating admission policies, their bindings, and webhook configurations: one family of match rules.</summary>
internal sealed class AdmissionPolicyStrategy(string kind, bool hasStatus)
    : KindStrategy(new("admissionregistration.k8s.io", "v1", kind), new(Namespaced: false, hasStatus, CountsGeneration: true))
{
    protected override IReadOnlyList<string> KeptByStatus => WholeMetadata;

    public override bool AllowsUnconditionalUpdate => false;

    protected override bool TellsEmptyFromNone => Gvk.Kind.EndsWith("WebhookConfiguration", StringComparison.Ordinal);

    public override void ApplyDefaults(JsonObject obj)
    {
        foreach (var webhook in obj.Objects("webhooks"))
        {
            webhook.DefaultUnset("failurePolicy", "Fail");
            webhook.DefaultUnset("timeoutSeconds", 10);
            webhook.At("clientConfig", "service")?.DefaultUnset("port", 443);
            if (Gvk.Kind == "MutatingWebhookConfiguration")
            {
                webhook.DefaultUnset("reinvocationPolicy", "Never");
            }
            Match(webhook, "rules");
        }
        if (obj.Object("spec") is not { } spec)
        {
            return;
        }
        if (Gvk.Kind.EndsWith("Policy", StringComparison.Ordinal))
        {
            spec.DefaultUnset("failurePolicy", "Fail");
        }
        foreach (var name in (ReadOnlySpan<string>)["matchConstraints", "matchResources"])
        {
            if (spec.Object(name) is { } match)
            {
                Match(match, "resourceRules");
                foreach (var rule in match.Objects("excludeResourceRules"))
                {
                    rule.DefaultUnset("scope", "*");
                }
            }
        }
    }

    public override IReadOnlyList<string> Warnings(JsonObject obj, JsonObject? old) =>
        obj.Sub("metadata").Text("name").EndsWith(".static.k8s.io", StringComparison.Ordinal)
            ? ["metadata.name: names ending with \".static.k8s.io\" are reserved for static manifest-based configurations and cannot be managed via the API"]
            : [];

    protected override void Check(JsonObject obj, FieldErrors errors) => Check(obj, null, errors);

    protected override void CheckUpdate(JsonObject obj, JsonObject old, FieldErrors errors) => Check(obj, old, errors);

    private void Check(JsonObject obj, JsonObject? old, FieldErrors errors)
    {
        var mutating = Gvk.Kind.StartsWith("Mutating", StringComparison.Ordinal);
        if (Gvk.Kind.EndsWith("WebhookConfiguration", StringComparison.Ordinal))
        {
            WebhookRules.Check(obj, mutating, old?.Array("webhooks"), errors);
        }
        else if (Gvk.Kind.EndsWith("Binding", StringComparison.Ordinal))
        {
            PolicyRules.CheckBinding(obj, mutating, errors);
        }
        else
        {
            PolicyRules.Check(obj, old, mutating, errors);
        }
    }

    private static void Match(JsonObject match, string rules)
    {
        match.DefaultUnset("matchPolicy", "Equivalent");
        match.DefaultUnset("namespaceSelector", new JsonObject());
        match.DefaultUnset("objectSelector", new JsonObject());
        foreach (var rule in match.Objects(rules))
        {
            rule.DefaultUnset("scope", "*");
        }
    }
}
