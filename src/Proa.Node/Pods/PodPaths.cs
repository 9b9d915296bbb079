using System.Globalization;
using Proa.Api.Models.Core;

namespace Proa.Node.Pods;

/// <summary>Where a pod's files are on the host, below <c>D/pods</c>.</summary>
/// <param name="root">Absolute.</param>
internal sealed class PodPaths(string root)
{
    public string Root => root;

    public string Pod(Pod pod) => Path.Combine(root, pod.Metadata.Uid ?? "");

    public string Hosts(Pod pod) => Path.Combine(Pod(pod), "etc-hosts");

    public string TerminationMessage(Pod pod, string container, int attempt) =>
        Path.Combine(Pod(pod), "containers", container, attempt.ToString(CultureInfo.InvariantCulture));

    /// <summary>The folder of a pod's logs, one folder a container in it.</summary>
    public string Logs(string? ns, string? name, string? uid) => Path.Combine(root, "logs", $"{ns}_{name}_{uid}");

    /// <summary>Below <see cref="Logs"/>.</summary>
    public static string Log(string container, int attempt) => string.Create(CultureInfo.InvariantCulture, $"{container}/{attempt}.log");
}
