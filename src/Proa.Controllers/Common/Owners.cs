using Proa.Api.Meta;
using Proa.Api.Models.Meta;
using Proa.Client.Informers;

namespace Proa.Controllers.Common;

/// <summary>Who controls an object.</summary>
internal static class Owners
{
    /// <summary>The index of objects by their controller's uid.</summary>
    public const string ByController = "controller";

    /// <summary>The index of objects without a controller by their namespace.</summary>
    public const string Orphans = "orphans";

    public static OwnerReference? ControllerOf(ObjectMeta metadata)
    {
        foreach (var owner in metadata.OwnerReferences)
        {
            if (owner.Controller == true)
            {
                return owner;
            }
        }
        return null;
    }

    public static bool IsControlledBy(IResource o, IResource owner) => ControllerOf(o.Metadata)?.Uid == owner.Metadata.Uid;

    public static OwnerReference ControllerReference(IResource owner) => new()
    {
        ApiVersion = owner.Info.ApiVersion,
        Kind = owner.Info.Kind,
        Name = owner.Metadata.Name!,
        Uid = owner.Metadata.Uid!,
        BlockOwnerDeletion = true,
        Controller = true,
    };

    public static void AddOwnerIndexes<T>(this IInformer<T> informer) where T : class, IResource<T>
    {
        informer.AddIndex(ByController, static o => ControllerOf(o.Metadata) is { } owner ? [owner.Uid] : []);
        informer.AddIndex(Orphans, static o => ControllerOf(o.Metadata) is null ? [o.Metadata.Namespace ?? ""] : []);
    }

    /// <summary>The owner, when it is in the informer's cache and is the very one that the reference means.</summary>
    public static TOwner? Resolve<TOwner>(IInformer<TOwner> owners, string? ns, OwnerReference? reference) where TOwner : class, IResource<TOwner> =>
        reference is not null && reference.Kind == TOwner.Resource.Kind
        && GroupVersionKind.Of(reference.ApiVersion, reference.Kind).Group == TOwner.Resource.Group
        && owners.Get(ns, reference.Name) is { } owner && owner.Metadata.Uid == reference.Uid
            ? owner
            : null;
}
