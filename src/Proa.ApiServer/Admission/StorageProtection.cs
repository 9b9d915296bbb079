using Proa.Api.Json;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Objects;

namespace Proa.ApiServer.Admission;

/// <summary>Claims, volumes and their classes of attributes in use are not deleted under their users: a finalizer holds them.</summary>
internal sealed class StorageProtection(TimeProvider clock) : IAdmissionStep
{
    public ValueTask<Status?> MutateAsync(AdmissionRequest request, CancellationToken ct)
    {
        if (request.IsCreate && request.Subresource.Length == 0)
        {
            switch (request.Type.Collection)
            {
                case "persistentvolumeclaims":
                    Add(request.Object!, "kubernetes.io/pvc-protection");
                    break;
                case "persistentvolumes":
                    Add(request.Object!, "kubernetes.io/pv-protection");
                    break;
                case "volumeattributesclasses.storage.k8s.io":
                    Add(request.Object!, "kubernetes.io/vac-protection");
                    break;
            }
        }
        return default;
    }

    /// <summary>A new volume's phase began now.</summary>
    public Status? Complete(AdmissionRequest request)
    {
        if (request.Type.Collection == "persistentvolumes" && request.Subresource == "status" && request.Old is { } old
            && request.Object?.Object("status") is { } status && status.String("phase") != old.Object("status")?.String("phase")
            && status.String("lastPhaseTransitionTime") == old.Object("status")?.String("lastPhaseTransitionTime"))
        {
            status["lastPhaseTransitionTime"] = Metadata.Time(clock.GetUtcNow());
        }
        if (request.IsCreate && request.Is("persistentvolumes"))
        {
            request.Object!.EnsureObject("status")["lastPhaseTransitionTime"] = Metadata.Time(clock.GetUtcNow());
        }
        return null;
    }

    private static void Add(JsonObject obj, string finalizer)
    {
        var metadata = Metadata.Of(obj);
        var finalizers = metadata.Array("finalizers") ?? [];
        foreach (var item in finalizers)
        {
            if (item is JsonString text && text.Value == finalizer)
            {
                return;
            }
        }
        finalizers.Add(finalizer);
        metadata["finalizers"] = finalizers;
    }
}
