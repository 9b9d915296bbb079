using System.Text;
using Proa.Api.Meta;
using Proa.Api.Models.Core;

namespace Proa.Node.Volumes;

/// <summary>Several sources in one directory: tokens, ConfigMaps, Secrets and the pod's own fields.</summary>
internal sealed class ProjectedVolume(
    ReferencedObjects objects, ServiceAccountTokens tokens, Func<IReadOnlyDictionary<string, Quantity>> allocatable, TimeProvider time)
    : PayloadVolume(time)
{
    public override string Folder => "kubernetes.io~projected";

    public override bool Matches(Volume volume) => volume.Projected is not null;

    protected override async Task<Payload> CollectAsync(VolumeWork work, CancellationToken ct)
    {
        var mode = work.Volume.Projected!.DefaultMode ?? 0x1A4;
        var payload = new Payload();
        foreach (var source in work.Volume.Projected.Sources)
        {
            switch (source)
            {
                case { ConfigMap: { } map }:
                    await ConfigMapVolume.CollectAsync(payload, objects, work.Namespace, map.Name ?? "", map.Items, mode, map.Optional == true, ct);
                    break;
                case { Secret: { } secret }:
                    await SecretVolume.CollectAsync(payload, objects, work.Namespace, secret.Name ?? "", secret.Items, mode, secret.Optional == true, ct);
                    break;
                case { DownwardAPI: { } downward }:
                    DownwardApiVolume.Collect(payload, work.Pod, downward.Items, mode, allocatable());
                    break;
                case { ServiceAccountToken: { } token }:
                    await AddTokenAsync(payload, work.Pod, token, mode, ct);
                    break;
                case { ClusterTrustBundle: not null }:
                    payload.Fail("projection of ClusterTrustBundles is not supported");
                    break;
                default:
                    payload.Fail("the projected source names no kind this node serves");
                    break;
            }
        }
        return payload;
    }

    /// <summary>
    /// A token is for its user alone: 0600 and owned by the user under which all containers run, when they say one, or
    /// shared through fsGroup.
    /// </summary>
    private async Task AddTokenAsync(Payload payload, Pod pod, ServiceAccountTokenProjection source, int mode, CancellationToken ct)
    {
        var (token, refreshAt, error) = await tokens.GetAsync(pod, source, ct);
        if (token is null)
        {
            payload.Fail(error!);
            return;
        }
        var user = CommonUser(pod);
        if (user is not null || pod.Spec.SecurityContext?.FsGroup is not null)
        {
            mode = 0x180;
        }
        payload.Files[source.Path] = new(Encoding.ASCII.GetBytes(token), mode, user);
        payload.RefreshBy(refreshAt);
    }

    private static long? CommonUser(Pod pod)
    {
        long? user = null;
        foreach (var container in pod.Spec.InitContainers.Concat(pod.Spec.Containers))
        {
            var own = container.SecurityContext?.RunAsUser ?? pod.Spec.SecurityContext?.RunAsUser;
            if (own is null || user is not null && user != own)
            {
                return null;
            }
            user = own;
        }
        return user;
    }
}
