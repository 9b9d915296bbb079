using System.Globalization;
using Proa.Api.Models.Apps;
using Proa.Api.Models.Core;
using Proa.Controllers.Common;

namespace Proa.Controllers.StatefulSets;

/// <summary>The pods of a stateful set: their names, identities and claims. Pure.</summary>
internal static class StatefulPods
{
    public const string RevisionLabel = "controller-revision-hash";
    public const string NameLabel = "statefulset.kubernetes.io/pod-name";
    public const string IndexLabel = "apps.kubernetes.io/pod-index";

    /// <returns>Null when the pod's name is not one of the set's.</returns>
    public static int? Ordinal(StatefulSet set, Pod pod)
    {
        var prefix = set.Metadata.Name + "-";
        var name = pod.Metadata.Name!;
        return name.StartsWith(prefix, StringComparison.Ordinal)
            && int.TryParse(name.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var ordinal)
                ? ordinal
                : null;
    }

    public static string RevisionOf(Pod pod) => pod.Metadata.Labels.GetValueOrDefault(RevisionLabel) ?? "";

    public static Pod Make(StatefulSet set, PodTemplateSpec template, string revision, int ordinal)
    {
        var name = $"{set.Metadata.Name}-{ordinal}";
        var pod = PodControl.FromTemplate(set, template);
        var claimed = set.Spec.VolumeClaimTemplates.Select(claim => claim.Metadata.Name!).ToList();
        return pod with
        {
            Metadata = pod.Metadata with
            {
                Name = name,
                Labels = new Dictionary<string, string>(pod.Metadata.Labels)
                {
                    [RevisionLabel] = revision,
                    [NameLabel] = name,
                    [IndexLabel] = ordinal.ToString(CultureInfo.InvariantCulture),
                },
            },
            Spec = pod.Spec with
            {
                Hostname = name,
                Subdomain = set.Spec.ServiceName,
                Volumes =
                [
                    .. claimed.Select(claim => new Volume { Name = claim, PersistentVolumeClaim = new() { ClaimName = $"{claim}-{name}" } }),
                    .. pod.Spec.Volumes.Where(volume => !claimed.Contains(volume.Name)),
                ],
            },
        };
    }

    /// <summary>The claims that the pod of an ordinal needs.</summary>
    public static IEnumerable<PersistentVolumeClaim> Claims(StatefulSet set, int ordinal) => set.Spec.VolumeClaimTemplates.Select(template => template with
    {
        Metadata = template.Metadata with
        {
            Name = $"{template.Metadata.Name}-{set.Metadata.Name}-{ordinal}",
            Namespace = set.Metadata.Namespace,
            Labels = Merged(template.Metadata.Labels, set.Spec.Selector.MatchLabels),
        },
        Status = PersistentVolumeClaimStatus.Empty,
    });

    private static Dictionary<string, string> Merged(IReadOnlyDictionary<string, string> a, IReadOnlyDictionary<string, string> b)
    {
        var merged = new Dictionary<string, string>(a, StringComparer.Ordinal);
        foreach (var (key, value) in b)
        {
            merged[key] = value;
        }
        return merged;
    }
}
