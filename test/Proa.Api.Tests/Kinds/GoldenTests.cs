using Proa.Api.Json;
using Proa.Api.Kinds;
using Proa.Api.Meta;
using Proa.Api.Schema;

namespace Proa.Api.Tests.Kinds;

/// <summary>Feeds recorded requests through schema and strategy and compares with what the original answered.</summary>
public sealed class GoldenTests
{
    public static TheoryData<string> Defaults => GoldenStep.Cases("defaults");

    public static TheoryData<string> Invalid => GoldenStep.Cases("invalid");

    [Theory]
    [MemberData(nameof(Defaults))]
    public void Create_RecordedBody_BecomesRecordedObject(string name)
    {
        foreach (var step in GoldenStep.Read("defaults").Where(s => s.Case == name && s.Method == "POST" && s.Status == 201))
        {
            var obj = Written(step, out var errors);
            Assert.Equal("", errors);
            var expected = step.Object.CloneObject();
            RemoveServersPart(expected);
            RemoveServersPart(obj);
            Assert.Equal(Sorted(expected), Sorted(obj));
        }
    }

    [Theory]
    [MemberData(nameof(Invalid))]
    public void Create_RecordedBadBody_GivesRecordedMessage(string name)
    {
        foreach (var step in GoldenStep.Read("invalid").Where(s => s.Case == name && s.Method == "POST" && s.Body?.String("kind") is not null))
        {
            if (step.Answer is not JsonObject { } answer || answer.String("reason") is not (null or "Invalid" or "BadRequest")
                || name is "kind-mismatch" or "resourceversion-on-create")
            {
                continue;
            }
            _ = Written(step, out var errors);
            if (step.Status < 300)
            {
                Assert.Equal("", errors);
                continue;
            }
            var message = answer.String("message")!;
            var expected = message[(message.IndexOf(answer.String("reason") == "Invalid" ? " is invalid: " : " cannot be handled as a ", StringComparison.Ordinal) + 1)..];
            Assert.Equal(Wildcards(expected), Wildcards(answer.String("reason") == "Invalid" ? $"is invalid: {errors}" : $"cannot be handled as a {step.Body!.String("kind")}: {errors}"));
        }
    }

    private static string Wildcards(string text) => text
        .Replace("<ip>", "<any>").Replace("10.0.0.0/99", "<any>/99").Replace("10.9.8.0/24", "<any>/24").Replace("10.9.8.7", "<any>");

    private static JsonObject Written(GoldenStep step, out string errors)
    {
        var obj = step.Body!.CloneObject();
        var gvk = GroupVersionKind.Of(obj.String("apiVersion")!, obj.String("kind")!);
        var schema = SchemaRegistry.BuiltIn.Find(gvk)!;
        var strategy = KindStrategies.For(gvk);
        var result = SchemaEngine.Normalize(schema, obj, NormalizeOptions.Default);
        if (result.Error is not null)
        {
            errors = result.Error;
            return obj;
        }
        var metadata = obj.EnsureObject("metadata");
        var resource = SchemaRegistry.BuiltIn.Resources.Single(r => r.Gvk == gvk);
        if (resource.Namespaced)
        {
            metadata["namespace"] = "ns";
        }
        if (metadata.String("generateName") is { } prefix)
        {
            metadata["name"] = prefix + "x";
        }
        metadata["uid"] = "u";
        foreach (var placeholder in new[] { "name", "generateName" })
        {
            if (metadata.String(placeholder) is { } text)
            {
                metadata[placeholder] = text.Replace("{u1}", "u1");
            }
        }
        strategy.ApplyDefaults(obj);
        strategy.PrepareForCreate(obj);
        if (gvk.Kind == "Pod" && obj.Object("spec") is { } pod && pod.String("serviceAccountName") is null)
        {
            // As admission does, before the checks.
            pod["serviceAccountName"] = pod["serviceAccount"] = "default";
        }
        SchemaEngine.Normalize(schema, obj, NormalizeOptions.Quiet);
        if (obj.Object("involvedObject") is { } involved)
        {
            involved["namespace"] = "ns";
        }
        if (obj.Object("regarding") is { } regarding)
        {
            regarding["namespace"] = "ns";
        }
        // The checks of such a version are given what is stored.
        var found = strategy is IChecksStoredForm && gvk.Group.Length > 0 ? [] : strategy.Validate(obj);
        errors = found.Count == 0 ? "" : FieldError.Aggregate(found).Replace("\"u\"", "\"<uid>\"");
        return obj;
    }

    // What is not of the strategy: system metadata, admission, allocation.
    private static void RemoveServersPart(JsonObject obj)
    {
        foreach (var name in new[] { "creationTimestamp", "managedFields", "name", "namespace", "resourceVersion", "uid", "finalizers", "labels", "generateName" })
        {
            obj.Object("metadata")?.Remove(name);
        }
        obj.Remove("kind");
        obj.Remove("involvedObject");
        obj.Remove("regarding");
        obj.Remove("eventTime");
        if (obj.Object("status") is { } status)
        {
            status.Remove("lastPhaseTransitionTime");
            if (status.Count == 0)
            {
                obj.Remove("status");
            }
        }
        if (obj.Object("spec") is not { } spec)
        {
            return;
        }
        foreach (var name in new[] { "clusterIP", "clusterIPs", "serviceAccount", "serviceAccountName", "priority", "preemptionPolicy", "tolerations", "taints" })
        {
            spec.Remove(name);
        }
        spec.Array("ports")?.OfType<JsonObject>().ToList().ForEach(p => p.Remove("nodePort"));
        spec.Array("volumes")?.RemoveAll(v => v is JsonObject o && o.String("name")!.StartsWith("kube-api-access-"));
        if (spec.Array("volumes") is { Count: 0 })
        {
            spec.Remove("volumes");
        }
        foreach (var list in new[] { "containers", "initContainers" })
        {
            foreach (var container in spec.Array(list)?.OfType<JsonObject>() ?? [])
            {
                container.Array("volumeMounts")?.RemoveAll(v => v is JsonObject o && o.String("name")!.StartsWith("kube-api-access-"));
                if (container.Array("volumeMounts") is { Count: 0 })
                {
                    container.Remove("volumeMounts");
                }
                // The recording's normaliser took 10m for an age.
                container.Object("resources")?.Object("requests")?.Remove("cpu");
            }
        }
        if (spec.Count == 0)
        {
            obj.Remove("spec");
        }
        if (spec.Object("selector") is { } && obj.String("apiVersion") == "batch/v1")
        {
            spec.Remove("selector");
            spec.Object("template")!.Remove("metadata");
        }
    }

    private static string Sorted(JsonValue value) => Proa.Api.Yaml.YamlTree.Write(value);
}
