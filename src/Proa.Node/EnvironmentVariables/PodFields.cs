using System.Text;
using Proa.Api.Models.Core;

namespace Proa.Node.EnvironmentVariables;

/// <summary>The fields of a pod that it may see itself: the downward API's <c>fieldRef</c>.</summary>
internal static class PodFields
{
    /// <summary>For an environment variable: also what is known only on the node.</summary>
    public static (string? Value, string? Error) ForVariable(Pod pod, string path, IReadOnlyList<string> podIps, IReadOnlyList<string> hostIps) => path switch
    {
        "spec.nodeName" => (pod.Spec.NodeName ?? "", null),
        "spec.serviceAccountName" => (pod.Spec.ServiceAccountName ?? "", null),
        "status.hostIP" => (hostIps.Count > 0 ? hostIps[0] : "", null),
        "status.hostIPs" => (string.Join(',', hostIps), null),
        "status.podIP" => (podIps.Count > 0 ? podIps[0] : "", null),
        "status.podIPs" => (string.Join(',', podIps), null),
        _ => ForVolume(pod, path),
    };

    /// <summary>For a file: metadata only.</summary>
    public static (string? Value, string? Error) ForVolume(Pod pod, string path)
    {
        var meta = pod.Metadata;
        switch (path)
        {
            case "metadata.name":
                return (meta.Name ?? "", null);
            case "metadata.namespace":
                return (meta.Namespace ?? "", null);
            case "metadata.uid":
                return (meta.Uid ?? "", null);
            case "metadata.labels":
                return (Format(meta.Labels), null);
            case "metadata.annotations":
                return (Format(meta.Annotations), null);
        }
        if (Subscript(path, "metadata.labels") is { } label)
        {
            return (meta.Labels.GetValueOrDefault(label) ?? "", null);
        }
        if (Subscript(path, "metadata.annotations") is { } annotation)
        {
            return (meta.Annotations.GetValueOrDefault(annotation) ?? "", null);
        }
        return (null, $"unsupported fieldPath: {path}");
    }

    private static string? Subscript(string path, string map) =>
        path.StartsWith(map, StringComparison.Ordinal) && path.AsSpan(map.Length).StartsWith("['") && path.EndsWith("']", StringComparison.Ordinal)
            ? path[(map.Length + 2)..^2]
            : null;

    /// <summary>Sorted lines of <c>key="value"</c>.</summary>
    private static string Format(IReadOnlyDictionary<string, string> map)
    {
        var text = new StringBuilder();
        foreach (var (key, value) in map.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (text.Length > 0)
            {
                text.Append('\n');
            }
            text.Append(key).Append('=');
            GoText.AppendQuoted(text, value);
        }
        return text.ToString();
    }
}
