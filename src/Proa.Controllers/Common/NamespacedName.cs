using Proa.Api.Meta;

namespace Proa.Controllers.Common;

/// <summary>The key of an object in a work queue; the namespace of a cluster-scoped one is empty.</summary>
internal readonly record struct NamespacedName(string Namespace, string Name)
{
    public static NamespacedName Of(IResource o) => new(o.Metadata.Namespace ?? "", o.Metadata.Name ?? "");

    public override string ToString() => Namespace.Length == 0 ? Name : $"{Namespace}/{Name}";
}
