namespace Proa.ApiServer;

/// <summary>
/// What a request asks for, as authorization sees it. The verb of a resource request is one of <c>get list watch create update
/// patch delete deletecollection</c>; of any other request the HTTP method in lower case.
/// </summary>
public sealed record RequestInfo(string Verb, string Path)
{
    public bool IsResource { get; init; }

    public string Group { get; init; } = "";

    public string Version { get; init; } = "";

    /// <summary>Empty: cluster-scoped, or all namespaces. Of a namespace object's own requests: its name.</summary>
    public string Namespace { get; init; } = "";

    /// <summary>The plural, such as <c>pods</c>.</summary>
    public string Resource { get; init; } = "";

    public string Subresource { get; init; } = "";

    /// <summary>What follows the subresource, as in <c>proxy/some/path</c>.</summary>
    public string SubresourcePath { get; init; } = "";

    /// <summary>Empty for collections; of a list or watch with a field selector on <c>metadata.name</c>: that name.</summary>
    public string Name { get; init; } = "";

    /// <summary>True when <see cref="Name"/> was read from a field selector: the request is still for a collection.</summary>
    public bool NameFromSelector { get; init; }

    /// <summary>Of a list, watch or deletecollection: its field selector as it was sent; otherwise empty.</summary>
    public string FieldSelector { get; init; } = "";

    /// <summary>The same of a label selector.</summary>
    public string LabelSelector { get; init; } = "";

    /// <summary><c>pods</c> or <c>deployments.apps</c>.</summary>
    public string GroupResource => Group.Length == 0 ? Resource : $"{Resource}.{Group}";
}
