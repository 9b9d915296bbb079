using Proa.Api.Json;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Objects;
using Proa.Store;

namespace Proa.ApiServer.Admission;

/// <summary>A claim without a storage class, and an ingress without an ingress class, get the cluster's default one.</summary>
internal sealed class DefaultClasses(IObjectStore store) : IAdmissionStep
{
    public ValueTask<Status?> MutateAsync(AdmissionRequest request, CancellationToken ct)
    {
        if (!request.IsCreate || request.Subresource.Length > 0)
        {
            return default;
        }
        switch (request.Type.Collection)
        {
            case "persistentvolumeclaims":
                var claim = request.Object!.EnsureObject("spec");
                if (!claim.ContainsKey("storageClassName") && !HasAnnotation(request.Object!, "volume.beta.kubernetes.io/storage-class"))
                {
                    claim["storageClassName"] = Default("storageclasses.storage.k8s.io", "storageclass.kubernetes.io/is-default-class");
                }
                break;
            case "ingresses.networking.k8s.io":
                var ingress = request.Object!.EnsureObject("spec");
                if (!ingress.ContainsKey("ingressClassName") && !HasAnnotation(request.Object!, "kubernetes.io/ingress.class"))
                {
                    ingress["ingressClassName"] = Default("ingressclasses.networking.k8s.io", "ingressclass.kubernetes.io/is-default-class");
                }
                break;
        }
        return default;
    }

    /// <summary>Of several, the newest; of equally old ones the first by name.</summary>
    private JsonValue? Default(string collection, string annotation)
    {
        (string Created, string Name)? newest = null;
        foreach (var item in store.List(collection, null)!.Items)
        {
            var metadata = JsonTree.ParseObject(item.Json.Span).Object("metadata")!;
            if (metadata.Object("annotations")?.String(annotation) == "true"
                && metadata.String("creationTimestamp") is { } created
                && (newest is null || string.CompareOrdinal(created, newest.Value.Created) > 0))
            {
                newest = (created, item.Key.Name);
            }
        }
        return newest is { } found ? found.Name : (JsonValue?)null;
    }

    private static bool HasAnnotation(JsonObject obj, string name) => Metadata.Of(obj).Object("annotations")?.ContainsKey(name) == true;
}
