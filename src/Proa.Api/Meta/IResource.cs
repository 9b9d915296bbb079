using Proa.Api.Models.Meta;

namespace Proa.Api.Meta;

/// <summary>A model of a whole object: it has metadata, and its type names where it is served.</summary>
public interface IResource
{
    ObjectMeta Metadata { get; }

    /// <summary>The type's resource; the same for each instance.</summary>
    ResourceInfo Info { get; }
}

/// <inheritdoc cref="IResource"/>
public interface IResource<TSelf> : IResource, IModel<TSelf> where TSelf : class, IResource<TSelf>
{
    static abstract ResourceInfo Resource { get; }

    /// <summary>A copy with other metadata.</summary>
    TSelf WithMetadata(ObjectMeta metadata);
}
