using System.Text.Json.Nodes;

namespace Proa.Generator;

/// <summary>
/// Finds a field's protobuf number. Some types have in JSON the fields of an embedded type (a Volume those of its source);
/// on the wire these lie in a message of their own, and the number is a path of two or more.
/// </summary>
internal static class WireNumbers
{
    /// <summary>Fields whose name on the wire is another, or whose package the data file lacks.</summary>
    private static readonly Dictionary<string, int> s_others = new()
    {
        ["admissionregistration.v1.MutatingWebhookConfiguration.webhooks"] = 2,
        ["admissionregistration.v1.ValidatingWebhookConfiguration.webhooks"] = 2,
        ["admissionregistration.v1.Validation.expression"] = 1,
        ["admissionregistration.v1.Variable.name"] = 1,
        ["admissionregistration.v1.Variable.expression"] = 2,
        ["authentication.v1.BoundObjectReference.uid"] = 4,
        ["networking.v1.IngressClassParametersReference.apiGroup"] = 1,
        ["apiregistration.v1.APIService.metadata"] = 1,
        ["apiregistration.v1.APIService.spec"] = 2,
        ["apiregistration.v1.APIService.status"] = 3,
        ["apiregistration.v1.APIServiceList.metadata"] = 1,
        ["apiregistration.v1.APIServiceList.items"] = 2,
        ["apiregistration.v1.APIServiceCondition.type"] = 1,
        ["apiregistration.v1.APIServiceCondition.status"] = 2,
        ["apiregistration.v1.APIServiceCondition.lastTransitionTime"] = 3,
        ["apiregistration.v1.APIServiceCondition.reason"] = 4,
        ["apiregistration.v1.APIServiceCondition.message"] = 5,
        ["apiregistration.v1.APIServiceSpec.service"] = 1,
        ["apiregistration.v1.APIServiceSpec.group"] = 2,
        ["apiregistration.v1.APIServiceSpec.version"] = 3,
        ["apiregistration.v1.APIServiceSpec.insecureSkipTLSVerify"] = 4,
        ["apiregistration.v1.APIServiceSpec.caBundle"] = 5,
        ["apiregistration.v1.APIServiceSpec.groupPriorityMinimum"] = 7,
        ["apiregistration.v1.APIServiceSpec.versionPriority"] = 8,
        ["apiregistration.v1.APIServiceStatus.conditions"] = 1,
        ["apiregistration.v1.ServiceReference.namespace"] = 1,
        ["apiregistration.v1.ServiceReference.name"] = 2,
        ["apiregistration.v1.ServiceReference.port"] = 3,
        ["apiextensions.v1.JSONSchemaProps.$schema"] = 2,
        ["apiextensions.v1.JSONSchemaProps.$ref"] = 3,
        ["apiextensions.v1.JSONSchemaProps.x-kubernetes-preserve-unknown-fields"] = 38,
        ["apiextensions.v1.JSONSchemaProps.x-kubernetes-embedded-resource"] = 39,
        ["apiextensions.v1.JSONSchemaProps.x-kubernetes-int-or-string"] = 40,
        ["apiextensions.v1.JSONSchemaProps.x-kubernetes-list-map-keys"] = 41,
        ["apiextensions.v1.JSONSchemaProps.x-kubernetes-list-type"] = 42,
        ["apiextensions.v1.JSONSchemaProps.x-kubernetes-map-type"] = 43,
        ["apiextensions.v1.JSONSchemaProps.x-kubernetes-validations"] = 44,
    };

    /// <param name="type">Such as <c>io.k8s.api.core.v1.Volume</c>.</param>
    public static JsonNode? Of(string type, string field, JsonObject numbers, JsonObject properties)
    {
        // io.k8s.api.apps.v1.Deployment is k8s.io.api.apps.v1 / Deployment on the wire
        var dot = type.LastIndexOf('.');
        var version = type.LastIndexOf('.', dot - 1);
        if (s_others.TryGetValue($"{type[(type.LastIndexOf('.', version - 1) + 1)..]}.{field}", out var other))
        {
            return other;
        }
        var package = "k8s.io" + type[..dot]["io.k8s".Length..].Replace('-', '_');
        var path = Find(package, type[(dot + 1)..], field, numbers, properties);
        return path switch
        {
            null => null,
            [var number] => number,
            _ => new JsonArray([.. path.Select(number => (JsonNode)number)]),
        };
    }

    private static List<int>? Find(string package, string message, string field, JsonObject numbers, JsonObject properties)
    {
        if (numbers[package]?[message] is not JsonObject fields)
        {
            return null;
        }
        if (fields[field] is JsonArray found)
        {
            return [(int)found[0]!];
        }
        foreach (var (name, entry) in fields)
        {
            // A message that JSON has no field for is an embedded one.
            if (!properties.ContainsKey(name) && entry is JsonArray pair && pair[1]!.ToString().Split(' ') is ["optional", var type]
                && Find(package, type, field, numbers, properties) is { } below)
            {
                return [(int)pair[0]!, .. below];
            }
        }
        return null;
    }
}
