using Proa.Api.Json;

namespace Proa.ApiServer.Admission.PodSecurity.Checks;

/// <summary>How findings name what they found. Pure.</summary>
internal static class Wording
{
    /// <summary><c>container "a"</c>, <c>containers "a", "b"</c>.</summary>
    public static string Containers(IReadOnlyCollection<string> names) => $"{Plural("container", names.Count)} {Quoted(names)}";

    public static string Plural(string word, int count) => count == 1 ? word : word + "s";

    public static string Quoted(IReadOnlyCollection<string> items) => items.Count == 0 ? "" : "\"" + string.Join("\", \"", items) + "\"";

    public static SortedSet<string> Set() => new(StringComparer.Ordinal);

    /// <summary>An annotation as <c>key="value"</c>.</summary>
    public static string Annotation(string key, string value) => $"{key}={new JsonString(value)}";

    /// <summary>Who set something: the pod, and containers.</summary>
    public static string Setters(bool pod, IReadOnlyCollection<string> containers) =>
        containers.Count == 0 ? "pod" : pod ? "pod and " + Containers(containers) : Containers(containers);
}
