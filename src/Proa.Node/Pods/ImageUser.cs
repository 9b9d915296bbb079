using Proa.Api.Models.Core;
using Proa.Node.Cri;
using Proa.Node.Cri.V1;
using Container = Proa.Api.Models.Core.Container;

namespace Proa.Node.Pods;

/// <summary>Checks <c>runAsNonRoot</c>, for which the image's own user matters when none is asked for.</summary>
internal static class ImageUser
{
    /// <returns>The image's numeric user where it was needed; or the error of a CreateContainerConfigError.</returns>
    public static async Task<(long? User, string? Error)> CheckAsync(CriImages images, Pod pod, Container container, string image, CancellationToken ct)
    {
        var own = container.SecurityContext;
        var shared = pod.Spec.SecurityContext;
        var nonRoot = own?.RunAsNonRoot ?? shared?.RunAsNonRoot ?? false;
        var asked = own?.RunAsUser ?? shared?.RunAsUser;
        var where = $"(pod: \"{pod.Metadata.Name}_{pod.Metadata.Namespace}({pod.Metadata.Uid})\", container: {container.Name})";
        if (asked is not null)
        {
            return nonRoot && asked == 0 ? (null, $"container's runAsUser breaks non-root policy {where}") : (null, null);
        }
        if (!nonRoot && (own?.RunAsGroup ?? shared?.RunAsGroup) is null)
        {
            return (null, null);
        }
        var status = await images.StatusAsync(new ImageSpec { Image = image }, verbose: false, ct);
        var user = status.Ok ? status.Value.Image?.Uid?.Value : null;
        var name = status.Ok ? status.Value.Image?.Username ?? "" : "";
        if (nonRoot && user is null && name.Length > 0)
        {
            return (null, $"container has runAsNonRoot and image has non-numeric user ({name}), cannot verify user is non-root {where}");
        }
        return nonRoot && (user is null || user == 0)
            ? (null, $"container has runAsNonRoot and image will run as root {where}")
            : (user, null);
    }
}
