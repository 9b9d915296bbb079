using Proa.Api.Json;
using Proa.Api.Models.Meta;
using Proa.Api.Quota;
using Proa.ApiServer.Pipeline;
using Proa.Store;

namespace Proa.ApiServer.Admission;

/// <summary>Only a bound claim of a class that allows it may ask for more than before.</summary>
internal sealed class ClaimResize(IObjectStore store) : IAdmissionStep
{
    public Status? Validate(AdmissionRequest request)
    {
        if (request.Operation != AdmissionOperation.Update || !request.Is("persistentvolumeclaims") || Size(request.Object!) <= Size(request.Old!))
        {
            return null;
        }
        if (request.Old!.Object("status")?.String("phase") != "Bound")
        {
            return Statuses.Forbidden("persistentvolumeclaims", request.Name, "Only bound persistent volume claims can be expanded");
        }
        var name = Class(request.Object!);
        var allowed = name.Length > 0 && name == Class(request.Old) && store.Get(new ObjectKey("storageclasses.storage.k8s.io", "", name)) is { } found
            && JsonTree.ParseObject(found.Json.Span).Bool("allowVolumeExpansion") == true;
        return allowed ? null : Statuses.Forbidden("persistentvolumeclaims", request.Name,
            "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize");
    }

    private static Proa.Api.Meta.Quantity Size(JsonObject claim) =>
        ResourceList.Of(claim.Object("spec")?.Object("resources")?.Object("requests")).GetValueOrDefault("storage");

    private static string Class(JsonObject claim) =>
        claim.Object("metadata")?.Object("annotations")?.String("volume.beta.kubernetes.io/storage-class") ?? claim.Object("spec")?.String("storageClassName") ?? "";
}
