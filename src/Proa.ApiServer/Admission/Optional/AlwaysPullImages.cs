using Proa.Api.Json;
using Proa.Api.Meta;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Pipeline;

namespace Proa.ApiServer.Admission.Optional;

/// <summary>Every image is pulled with the pod's own credentials, so that nobody runs what only others may pull.</summary>
internal sealed class AlwaysPullImages : IAdmissionStep
{
    public ValueTask<Status?> MutateAsync(AdmissionRequest request, CancellationToken ct)
    {
        if (IsConcerned(request))
        {
            foreach (var (holder, field, _) in Policies(request.Object!))
            {
                holder[field] = "Always";
            }
        }
        return default;
    }

    public Status? Validate(AdmissionRequest request)
    {
        if (!IsConcerned(request))
        {
            return null;
        }
        List<string>? wrong = null;
        foreach (var (holder, field, path) in Policies(request.Object!))
        {
            if (holder.String(field) is not "Always")
            {
                var error = FieldError.NotSupported($"{path}.{field}", holder.String(field) ?? "", "Always");
                (wrong ??= []).Add(Statuses.Forbidden(request.GroupResource, request.ShownName, error.ToString()).Message!);
            }
        }
        return wrong is null ? null : Statuses.Internal(wrong.Count == 1 ? wrong[0] : $"[{string.Join(", ", wrong.Distinct())}]");
    }

    private static bool IsConcerned(AdmissionRequest request) =>
        request.Object is { } pod && request.Is("pods") && (request.Old is not { } old || Containers(pod).Select(Image).Except(Containers(old).Select(Image)).Any());

    private static IEnumerable<(JsonObject Holder, string Field, string Path)> Policies(JsonObject pod)
    {
        foreach (var (container, path) in Containers(pod))
        {
            yield return (container, "imagePullPolicy", path);
        }
        var volumes = pod.Object("spec")?.Array("volumes");
        for (var i = 0; i < volumes?.Count; i++)
        {
            if ((volumes[i] as JsonObject)?.Object("image") is { } image)
            {
                yield return (image, "pullPolicy", $"spec.volumes[{i}].image");
            }
        }
    }

    private static string Image((JsonObject Container, string Path) item) => item.Container.String("image") ?? "";

    private static IEnumerable<(JsonObject Container, string Path)> Containers(JsonObject pod)
    {
        foreach (var list in (string[])["initContainers", "containers", "ephemeralContainers"])
        {
            var items = pod.Object("spec")?.Array(list);
            for (var i = 0; i < items?.Count; i++)
            {
                if (items[i] is JsonObject container)
                {
                    yield return (container, $"spec.{list}[{i}]");
                }
            }
        }
    }
}
