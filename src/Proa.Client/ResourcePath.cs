using Proa.Api.Meta;

namespace Proa.Client;

/// <summary>Where a request goes: a resource type, and a namespace, a name and a subresource where they apply.</summary>
/// <param name="Namespace">Null for cluster-scoped resources and for all namespaces.</param>
/// <param name="Name">Null for collections.</param>
public readonly record struct ResourcePath(
    string Group, string Version, string Resource, string? Namespace = null, string? Name = null, string? Subresource = null)
{
    public static ResourcePath Of(ResourceInfo info, string? ns = null, string? name = null, string? subresource = null) =>
        new(info.Group, info.Version, info.Plural, ns, name, subresource);

    /// <summary>The URL's path, from <c>/api</c> or <c>/apis</c>.</summary>
    public override string ToString()
    {
        var root = Group.Length == 0 ? $"/api/{Version}" : $"/apis/{Group}/{Version}";
        var scope = Namespace is null ? root : $"{root}/namespaces/{Uri.EscapeDataString(Namespace)}";
        var name = Name is null ? "" : $"/{Uri.EscapeDataString(Name)}";
        var sub = Subresource is null ? "" : $"/{Subresource}";
        return $"{scope}/{Resource}{name}{sub}";
    }
}
