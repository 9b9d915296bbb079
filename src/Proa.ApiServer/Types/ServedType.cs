using Proa.Api.Meta;
using Proa.ApiServer.CustomResources;

namespace Proa.ApiServer.Types;

/// <summary>
/// A resource type as this server serves it in one version: a built-in one, or one that a CustomResourceDefinition made.
/// Immutable.
/// </summary>
public sealed record ServedType(ResourceInfo Info)
{
    public string Group => Info.Group;

    public string Version => Info.Version;

    public string Plural => Info.Plural;

    public string Kind => Info.Kind;

    public bool Namespaced => Info.Namespaced;

    public required string Singular { get; init; }

    public string ListKind { get; init; } = Info.Kind + "List";

    public IReadOnlyList<string> Verbs { get; init; } = [];

    public IReadOnlyList<string> ShortNames { get; init; } = [];

    public IReadOnlyList<string> Categories { get; init; } = [];

    public IReadOnlyList<ServedSubresource> Subresources { get; init; } = [];

    /// <summary>The CustomResourceDefinition's version (<c>spec.versions[i]</c>), null for built-in types.</summary>
    public CustomVersionSource? Custom { get; init; }

    /// <summary>The same, read.</summary>
    public Proa.Api.Json.JsonObject? CustomVersion
    {
        get => Custom?.Version;
        init => Custom = value is null ? null : new(value);
    }

    /// <summary>The store's collection: without a version, as all versions of a type share it.</summary>
    public string Collection { get; init; } = Info.GroupResource;
}

/// <param name="Name">Such as <c>status</c>.</param>
/// <param name="Kind">What is exchanged; for <c>scale</c> it is <c>autoscaling/v1 Scale</c>.</param>
public sealed record ServedSubresource(string Name, GroupVersionKind Kind, IReadOnlyList<string> Verbs);
