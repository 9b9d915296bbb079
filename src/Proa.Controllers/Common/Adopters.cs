using Proa.Api.Meta;
using Proa.Api.Models.Core;
using Proa.Api.Models.Meta;
using Proa.Client.Informers;

namespace Proa.Controllers.Common;

/// <summary>Whom a pod's change concerns besides the one that controls it.</summary>
internal static class Adopters
{
    /// <summary>The one that controlled it before; of a pod that nobody controls also each that selects it and so may adopt it.</summary>
    public static IEnumerable<NamespacedName> Of<TOwner>(IInformer<TOwner> owners, InformerEvent<Pod> change, Func<TOwner, LabelSelector?> selectorOf)
        where TOwner : class, IResource<TOwner>
    {
        var pod = change.Object;
        var owner = Owners.ControllerOf(pod.Metadata);
        var former = change.Old is null ? owner : Owners.ControllerOf(change.Old.Metadata);
        if (former?.Uid != owner?.Uid && Owners.Resolve(owners, pod.Metadata.Namespace, former) is { } left)
        {
            yield return NamespacedName.Of(left);
        }
        if (owner is not null)
        {
            yield break;
        }
        foreach (var candidate in owners.List(pod.Metadata.Namespace))
        {
            if (selectorOf(candidate) is { } selector && Selectors.Matches(selector, pod.Metadata.Labels))
            {
                yield return NamespacedName.Of(candidate);
            }
        }
    }
}
