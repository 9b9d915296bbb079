using System.Text;
using Proa.Api.Meta;
using Proa.Api.Models.Core;
using Proa.Node.EnvironmentVariables;

namespace Proa.Node.Volumes;

/// <summary>The pod's own fields and its containers' resources as files.</summary>
internal sealed class DownwardApiVolume(Func<IReadOnlyDictionary<string, Quantity>> allocatable, TimeProvider time) : PayloadVolume(time)
{
    public override string Folder => "kubernetes.io~downward-api";

    public override bool Matches(Volume volume) => volume.DownwardAPI is not null;

    protected override Task<Payload> CollectAsync(VolumeWork work, CancellationToken ct)
    {
        var source = work.Volume.DownwardAPI!;
        var payload = new Payload();
        Collect(payload, work.Pod, source.Items, source.DefaultMode ?? 0x1A4, allocatable());
        return Task.FromResult(payload);
    }

    public static void Collect(
        Payload payload, Pod pod, IReadOnlyList<DownwardAPIVolumeFile> items, int mode, IReadOnlyDictionary<string, Quantity> allocatable)
    {
        foreach (var item in items)
        {
            var (text, error) = item switch
            {
                { FieldRef: { } field } => PodFields.ForVolume(pod, field.FieldPath),
                { ResourceFieldRef: { } resource } => ContainerResources.Value(pod, resource, null, allocatable),
                _ => (null, $"downward API item {item.Path} names no field"),
            };
            if (text is null)
            {
                payload.Fail(error!);
            }
            else
            {
                payload.Files[item.Path] = new(Encoding.UTF8.GetBytes(text), item.Mode ?? mode);
            }
        }
    }
}
