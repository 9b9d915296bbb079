using Proa.Api.Json;
using Proa.Api.Kinds.Workloads;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Pods;

/// <summary>What affinities must be like.</summary>
internal static class AffinityRules
{
    private const string Required = "requiredDuringSchedulingIgnoredDuringExecution";
    private const string Preferred = "preferredDuringSchedulingIgnoredDuringExecution";

    public static void Check(JsonObject? affinity, string at, FieldErrors errors)
    {
        if (affinity is null)
        {
            return;
        }
        if (affinity.Object("nodeAffinity") is { } node)
        {
            if (node.Object(Required) is { } selector)
            {
                NodeSelector(selector, $"{at}.nodeAffinity.{Required}", errors);
            }
            var i = 0;
            foreach (var preference in node.Objects(Preferred))
            {
                var here = $"{at}.nodeAffinity.{Preferred}[{i++}]";
                Weight(preference, here, errors);
                NodeTerm(preference.Object("preference") ?? new JsonObject(), $"{here}.preference", errors, checkValues: false);
            }
        }
        foreach (var kind in (ReadOnlySpan<string>)["podAffinity", "podAntiAffinity"])
        {
            if (affinity.Object(kind) is not { } pod)
            {
                continue;
            }
            var i = 0;
            foreach (var term in pod.Objects(Required))
            {
                PodTerm(term, $"{at}.{kind}.{Required}[{i++}]", errors);
            }
            i = 0;
            foreach (var weighted in pod.Objects(Preferred))
            {
                var here = $"{at}.{kind}.{Preferred}[{i++}]";
                Weight(weighted, here, errors);
                PodTerm(weighted.Object("podAffinityTerm") ?? new JsonObject(), $"{here}.podAffinityTerm", errors);
            }
        }
    }

    public static void NodeSelector(JsonObject selector, string at, FieldErrors errors)
    {
        if (selector.Array("nodeSelectorTerms") is not { Count: > 0 })
        {
            errors.Required($"{at}.nodeSelectorTerms", "must have at least one node selector term");
            return;
        }
        var i = 0;
        foreach (var term in selector.Objects("nodeSelectorTerms"))
        {
            NodeTerm(term, $"{at}.nodeSelectorTerms[{i++}]", errors, checkValues: true);
        }
    }

    private static void NodeTerm(JsonObject term, string at, FieldErrors errors, bool checkValues)
    {
        var i = 0;
        foreach (var requirement in term.Objects("matchExpressions"))
        {
            var here = $"{at}.matchExpressions[{i++}]";
            var count = requirement.Array("values")?.Count ?? 0;
            switch (requirement.Text("operator"))
            {
                case "In" or "NotIn":
                    if (count == 0)
                    {
                        errors.Required($"{here}.values", "must be specified when `operator` is 'In' or 'NotIn'");
                    }
                    break;
                case "Exists" or "DoesNotExist":
                    if (count > 0)
                    {
                        errors.Forbidden($"{here}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
                    }
                    break;
                case "Gt" or "Lt":
                    if (count != 1)
                    {
                        errors.Required($"{here}.values", "must be specified single value when `operator` is 'Lt' or 'Gt'");
                    }
                    break;
                default:
                    errors.Invalid($"{here}.operator", requirement["operator"] ?? "", "not a valid selector operator");
                    break;
            }
            errors.Invalid($"{here}.key", requirement.Text("key"), Names.QualifiedName(requirement.Text("key")));
            if (checkValues)
            {
                Values(requirement, here, Names.LabelValue, errors);
            }
        }
        i = 0;
        foreach (var requirement in term.Objects("matchFields"))
        {
            NodeField(requirement, $"{at}.matchFields[{i++}]", errors);
        }
    }

    private static void NodeField(JsonObject requirement, string at, FieldErrors errors)
    {
        if (requirement.Text("operator") is not ("In" or "NotIn"))
        {
            errors.Invalid($"{at}.operator", requirement.Text("operator"), "not a valid selector operator");
        }
        else if (requirement.Array("values")?.Count != 1)
        {
            errors.Required($"{at}.values", "must be only one value when `operator` is 'In' or 'NotIn' for node field selector");
        }
        if (requirement.Text("key") != "metadata.name")
        {
            errors.Invalid($"{at}.key", requirement.Text("key"), "not a valid field selector key");
        }
        else
        {
            Values(requirement, at, Names.DnsSubdomain, errors);
        }
    }

    private static void Values(JsonObject requirement, string at, Func<string, string[]> form, FieldErrors errors)
    {
        var i = 0;
        foreach (var value in requirement.Array("values") ?? [])
        {
            var text = (value as JsonString)?.Value ?? "";
            errors.Invalid($"{at}.values[{i++}]", text, form(text));
        }
    }

    private static void PodTerm(JsonObject term, string at, FieldErrors errors)
    {
        LabelSelectorRules.Check(term.Object("labelSelector"), $"{at}.labelSelector", errors);
        LabelSelectorRules.Check(term.Object("namespaceSelector"), $"{at}.namespaceSelector", errors);
        foreach (var name in term.Array("namespaces") ?? [])
        {
            errors.Invalid($"{at}.namespace", (name as JsonString)?.Value ?? "", Names.DnsLabel((name as JsonString)?.Value ?? ""));
        }
        MatchLabelKeyRules.Check(term, at, errors);
        if (term.Text("topologyKey").Length == 0)
        {
            errors.Required($"{at}.topologyKey", "can not be empty");
        }
        errors.Invalid($"{at}.topologyKey", term.Text("topologyKey"), Names.QualifiedName(term.Text("topologyKey")));
    }

    private static void Weight(JsonObject weighted, string at, FieldErrors errors)
    {
        if (weighted.Int("weight") is not (>= 1 and <= 100))
        {
            errors.Invalid($"{at}.weight", weighted["weight"] ?? 0, "must be in the range 1-100");
        }
    }
}
