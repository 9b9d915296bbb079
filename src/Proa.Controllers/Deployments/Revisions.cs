using System.Globalization;
using Proa.Api.Models.Apps;

namespace Proa.Controllers.Deployments;

/// <summary>The annotations by which deployments and replica sets remember their past. Pure.</summary>
internal static class Revisions
{
    public const string Revision = "deployment.kubernetes.io/revision";
    public const string History = "deployment.kubernetes.io/revision-history";
    public const string Desired = "deployment.kubernetes.io/desired-replicas";
    public const string Max = "deployment.kubernetes.io/max-replicas";
    private const int MaxHistoryLength = 2000;

    public static long Of(IReadOnlyDictionary<string, string> annotations) =>
        annotations.TryGetValue(Revision, out var text) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var revision) ? revision : 0;

    public static int? Number(IReadOnlyDictionary<string, string> annotations, string key) =>
        annotations.TryGetValue(key, out var text) && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>
    /// The annotations of the newest set: the deployment's own but those that are only its, the revision (which never goes
    /// back), and the revisions it had before.
    /// </summary>
    public static Dictionary<string, string> OnNewSet(Deployment deployment, IReadOnlyDictionary<string, string> current, long revision)
    {
        var annotations = new Dictionary<string, string>(current, StringComparer.Ordinal);
        foreach (var (key, value) in deployment.Metadata.Annotations)
        {
            if (key is not ("kubectl.kubernetes.io/last-applied-configuration" or "deprecated.deployment.rollback.to" or Revision or History or Desired or Max))
            {
                annotations[key] = value;
            }
        }
        var had = Of(current);
        if (had < revision)
        {
            annotations[Revision] = revision.ToString(CultureInfo.InvariantCulture);
            if (had > 0)
            {
                annotations[History] = Remember(current.GetValueOrDefault(History), had);
            }
        }
        return annotations;
    }

    public static void SetBounds(Dictionary<string, string> annotations, RolloutSpec spec)
    {
        annotations[Desired] = spec.Replicas.ToString(CultureInfo.InvariantCulture);
        annotations[Max] = spec.MaxTotal.ToString(CultureInfo.InvariantCulture);
    }

    private static string Remember(string? history, long revision)
    {
        var text = string.IsNullOrEmpty(history) ? $"{revision}" : $"{history},{revision}";
        while (text.Length > MaxHistoryLength && text.IndexOf(',') is var comma and >= 0)
        {
            text = text[(comma + 1)..];
        }
        return text;
    }
}
