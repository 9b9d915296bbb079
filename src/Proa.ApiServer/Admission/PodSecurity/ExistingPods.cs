using Proa.Api.Json;
using Proa.Store;

namespace Proa.ApiServer.Admission.PodSecurity;

/// <summary>What a new policy would say of the pods that a namespace has. Reads memory only.</summary>
internal static class ExistingPods
{
    private const int Most = 3000;

    /// <summary>Warnings: pods with the same faults are told together.</summary>
    public static List<string> Warnings(IObjectStore store, string ns, LevelVersion enforce, IReadOnlyList<string> exemptRuntimes)
    {
        var pods = Order(store, ns, exemptRuntimes);
        var faults = new Dictionary<string, (string Pod, int Count)>(StringComparer.Ordinal);
        foreach (var (name, pod) in pods.Take(Most))
        {
            if (PodUnderCheck.Of("pods", pod) is { } under && PodChecks.Run(enforce, under) is { Count: > 0 } found)
            {
                var reasons = PodChecks.Reasons(found);
                faults[reasons] = faults.TryGetValue(reasons, out var seen)
                    ? (string.CompareOrdinal(name, seen.Pod) < 0 ? name : seen.Pod, seen.Count + 1)
                    : (name, 1);
            }
        }
        var warnings = new List<string>();
        if (pods.Count > Most)
        {
            warnings.Add($"new PodSecurity enforce level only checked against the first {Most} of {pods.Count} existing pods");
        }
        if (faults.Count > 0)
        {
            warnings.Add($"existing pods in namespace \"{ns}\" violate the new PodSecurity enforce level \"{enforce}\"");
        }
        warnings.AddRange(faults
            .Select(static fault => fault.Value.Pod + (fault.Value.Count switch
            {
                1 => "",
                2 => " (and 1 other pod)",
                var count => $" (and {count - 1} other pods)",
            }) + ": " + fault.Key)
            .Order(StringComparer.Ordinal));
        return warnings;
    }

    /// <summary>One pod of each controller first: its others are most likely alike.</summary>
    private static List<(string Name, JsonObject Pod)> Order(IObjectStore store, string ns, IReadOnlyList<string> exemptRuntimes)
    {
        var first = new List<(string, JsonObject)>();
        var others = new List<(string, JsonObject)>();
        var controllers = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in store.List("pods", ns)!.Items)
        {
            var pod = JsonTree.ParseObject(item.Json.Span);
            if (pod.Object("spec")?.String("runtimeClassName") is { } runtime && exemptRuntimes.Contains(runtime))
            {
                continue;
            }
            var controller = pod.Object("metadata")?.Array("ownerReferences")?.OfType<JsonObject>().FirstOrDefault(static owner => owner.Bool("controller") == true);
            (controller?.String("uid") is { } uid && !controllers.Add(uid) ? others : first).Add((item.Key.Name, pod));
        }
        first.AddRange(others);
        return first;
    }
}
