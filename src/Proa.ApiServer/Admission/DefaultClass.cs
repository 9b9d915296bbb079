using Proa.Api.Json;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Objects;
using Proa.Store;

namespace Proa.ApiServer.Admission;

/// <summary>A claim without a storage class, or an ingress without an ingress class, gets the cluster's default one.</summary>
internal sealed class DefaultClass : IAdmissionStep
{
    private readonly IObjectStore _store;
    private readonly string _collection;

    private DefaultClass(IObjectStore store, string collection) => (_store, _collection) = (store, collection);

    /// <summary>The field that names the class.</summary>
    public required string Field { get; init; }

    /// <summary>The annotation that named it before there was a field.</summary>
    public required string OldName { get; init; }

    public required string Classes { get; init; }

    /// <summary>The annotation that marks the default one.</summary>
    public required string Mark { get; init; }

    public static DefaultClass OfClaims(IObjectStore store) => new(store, "persistentvolumeclaims")
    {
        Field = "storageClassName",
        OldName = "volume.beta.kubernetes.io/storage-class",
        Classes = "storageclasses.storage.k8s.io",
        Mark = "storageclass.kubernetes.io/is-default-class",
    };

    public static DefaultClass OfIngresses(IObjectStore store) => new(store, "ingresses.networking.k8s.io")
    {
        Field = "ingressClassName",
        OldName = "kubernetes.io/ingress.class",
        Classes = "ingressclasses.networking.k8s.io",
        Mark = "ingressclass.kubernetes.io/is-default-class",
    };

    public ValueTask<Status?> MutateAsync(AdmissionRequest request, CancellationToken ct)
    {
        if (request.IsCreate && request.Is(_collection) && request.Object!.EnsureObject("spec") is var spec && !spec.ContainsKey(Field)
            && Metadata.Of(request.Object!).Object("annotations")?.ContainsKey(OldName) != true && Default() is { } name)
        {
            spec[Field] = name;
        }
        return default;
    }

    /// <summary>Of several, the newest; of equally old ones the first by name.</summary>
    private string? Default()
    {
        (string Created, string Name)? newest = null;
        foreach (var item in _store.List(Classes, null)!.Items)
        {
            var metadata = JsonTree.ParseObject(item.Json.Span).Object("metadata")!;
            if (metadata.Object("annotations")?.String(Mark) == "true"
                && metadata.String("creationTimestamp") is { } created
                && (newest is null || string.CompareOrdinal(created, newest.Value.Created) > 0))
            {
                newest = (created, item.Key.Name);
            }
        }
        return newest?.Name;
    }
}
