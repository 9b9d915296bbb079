using Proa.Api.Models.Core;

namespace Proa.Node.Volumes;

/// <summary>A Secret's keys as files in memory.</summary>
internal sealed class SecretVolume(ReferencedObjects objects, TimeProvider time) : PayloadVolume(time)
{
    public override string Folder => "kubernetes.io~secret";

    public override bool Matches(Volume volume) => volume.Secret is not null;

    protected override async Task<Payload> CollectAsync(VolumeWork work, CancellationToken ct)
    {
        var source = work.Volume.Secret!;
        var payload = new Payload();
        await CollectAsync(payload, objects, work.Namespace, source.SecretName ?? "", source.Items, source.DefaultMode ?? 0x1A4, source.Optional == true, ct);
        return payload;
    }

    public static async Task CollectAsync(
        Payload payload, ReferencedObjects objects, string ns, string name, IReadOnlyList<KeyToPath> items, int mode, bool optional, CancellationToken ct)
    {
        var (secret, error) = await objects.SecretAsync(ns, name, ct);
        if (secret?.Immutable != true)
        {
            payload.Refer(new(Secret.Resource, ns, name));
        }
        if (error is not null)
        {
            payload.Fail(error);
        }
        else if (secret is null)
        {
            if (!optional)
            {
                payload.Fail($"secret \"{name}\" not found");
            }
        }
        else
        {
            payload.Add(secret.Data, items, mode, optional ? null : key => $"references non-existent secret key: {key}");
        }
    }
}
