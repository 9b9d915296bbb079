using Proa.Api.Models.Core;

namespace Proa.Node.Volumes;

/// <summary>A ConfigMap's keys as files.</summary>
internal sealed class ConfigMapVolume(ReferencedObjects objects, TimeProvider time) : PayloadVolume(time)
{
    public override string Folder => "kubernetes.io~configmap";

    protected override bool InMemory => false;

    public override bool Matches(Volume volume) => volume.ConfigMap is not null;

    protected override async Task<Payload> CollectAsync(VolumeWork work, CancellationToken ct)
    {
        var source = work.Volume.ConfigMap!;
        var payload = new Payload();
        await CollectAsync(payload, objects, work.Namespace, source.Name ?? "", source.Items, source.DefaultMode ?? 0x1A4, source.Optional == true, ct);
        return payload;
    }

    public static async Task CollectAsync(
        Payload payload, ReferencedObjects objects, string ns, string name, IReadOnlyList<KeyToPath> items, int mode, bool optional, CancellationToken ct)
    {
        var (map, error) = await objects.ConfigMapAsync(ns, name, ct);
        if (map?.Immutable != true)
        {
            payload.Refer(new(ConfigMap.Resource, ns, name));
        }
        if (error is not null)
        {
            payload.Fail(error);
        }
        else if (map is null)
        {
            if (!optional)
            {
                payload.Fail($"configmap \"{name}\" not found");
            }
        }
        else
        {
            payload.Add(ReferencedObjects.DataOf(map), items, mode, optional ? null : key => $"configmap references non-existent config key: {key}");
        }
    }
}
