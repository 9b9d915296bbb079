using Proa.Api.Meta;

namespace Proa.Api.Schema;

/// <summary>A resource as a version of a group serves it.</summary>
/// <param name="Plural">The name in the URL.</param>
/// <param name="Verbs">Sorted; <c>watch</c> is there where <c>list</c> is.</param>
public sealed record ServedResource(
    string Group,
    string Version,
    string Plural,
    string Singular,
    string Kind,
    bool Namespaced,
    IReadOnlyList<string> Verbs,
    IReadOnlyList<string> ShortNames,
    IReadOnlyList<string> Categories,
    IReadOnlyList<ServedSubresource> Subresources)
{
    public GroupVersionKind Gvk => new(Group, Version, Kind);

    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary><c>deployments.apps</c>, or <c>pods</c> for the core group.</summary>
    public string GroupResource => Group.Length == 0 ? Plural : $"{Plural}.{Group}";

    public ServedSubresource? Subresource(string name)
    {
        foreach (var subresource in Subresources)
        {
            if (subresource.Name == name)
            {
                return subresource;
            }
        }
        return null;
    }
}

/// <summary>A part or an action of a resource: <c>status</c>, <c>scale</c>, <c>exec</c>.</summary>
/// <param name="Gvk">The kind that it takes and gives.</param>
public sealed record ServedSubresource(string Name, GroupVersionKind Gvk, IReadOnlyList<string> Verbs);
