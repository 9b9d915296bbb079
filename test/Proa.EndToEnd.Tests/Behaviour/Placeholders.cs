using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Proa.EndToEnd.Tests.Behaviour;

/// <summary>Brings objects and events of a run into the recordings' form: what differs from run to run becomes a placeholder.</summary>
internal sealed partial class Placeholders(string ns, string node, string image, string podPrefix, string servicePrefix)
{
    private static readonly HashSet<string> s_dropped = ["uid", "resourceVersion", "managedFields", "selfLink", "restartCount", "resourceVersionMatch"];

    public JsonNode? Normalize(JsonNode? value)
    {
        switch (value)
        {
            case JsonObject obj:
                var result = new JsonObject();
                foreach (var (key, member) in obj)
                {
                    if (!s_dropped.Contains(key))
                    {
                        result[Text(key)] = Normalize(member);
                    }
                }
                foreach (var label in new[] { "controller-revision-hash", "pod-template-hash" })
                {
                    if (result.ContainsKey(label))
                    {
                        result[label] = "<hash>";
                    }
                }
                // A slice's generation counts its writes: how many changes came together is a matter of the machine's speed.
                if (result["kind"]?.ToString() == "EndpointSlice" && result["metadata"] is JsonObject metadata)
                {
                    metadata.Remove("generation");
                }
                // Of two pods that ended at once the original told one's resources and not the other's: its last look raced its own write.
                if (result.ContainsKey("qosClass") && result["phase"]?.ToString() is "Succeeded" or "Failed")
                {
                    result.Remove("resources");
                }
                if (result["generateName"] is { } prefix && result.ContainsKey("name"))
                {
                    result["name"] = $"{prefix}<suffix>";
                }
                return result;
            case JsonArray array:
                return new JsonArray([.. array.Select(Normalize)]);
            case JsonValue scalar when scalar.TryGetValue<string>(out var text):
                return Text(text);
            default:
                return value?.DeepClone();
        }
    }

    public string Text(string text)
    {
        text = text.Replace(image, "{image}").Replace("docker.io/library/{image}", "{image}");
        text = Time().Replace(text, "<time>");
        text = Uid().Replace(text, "<uid>");
        text = ContainerId().Replace(text, "containerd://<id>");
        text = Digest().Replace(text, "sha256:<id>");
        text = Generated().Replace(text, "d-<hash>-<suffix>");
        text = Owned().Replace(text, "$1-<hash>");
        text = Pod().Replace(text, "$1-<suffix>");
        text = Hash().Replace(text, "<hash>");
        text = Access().Replace(text, "kube-api-access-<suffix>");
        text = Address().Replace(text, match => match.Value.StartsWith(podPrefix, StringComparison.Ordinal) ? "<pod-ip>"
            : match.Value.StartsWith(servicePrefix, StringComparison.Ordinal) ? "<service-ip>" : "<ip>");
        return text.Replace(ns, "{ns}").Replace(node, "{node}");
    }

    [GeneratedRegex(@"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")]
    private static partial Regex Time();

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")]
    private static partial Regex Uid();

    [GeneratedRegex("containerd://[0-9a-f]{64}")]
    private static partial Regex ContainerId();

    [GeneratedRegex("sha256:[0-9a-f]{64}")]
    private static partial Regex Digest();

    [GeneratedRegex(@"\bd-[0-9a-z]{6,10}-[0-9a-z]{5}\b")]
    private static partial Regex Generated();

    [GeneratedRegex(@"\b(d|ds|st)-[0-9a-z]{8,10}\b")]
    private static partial Regex Owned();

    [GeneratedRegex(@"\b(ds|j)-[0-9a-z]{5}\b")]
    private static partial Regex Pod();

    [GeneratedRegex("^[bcdfghjklmnpqrstvwxz2456789]{8,10}$")]
    private static partial Regex Hash();

    [GeneratedRegex("kube-api-access-[0-9a-z]{5}")]
    private static partial Regex Access();

    [GeneratedRegex(@"\b\d+\.\d+\.\d+\.\d+\b")]
    private static partial Regex Address();
}
