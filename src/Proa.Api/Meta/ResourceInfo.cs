namespace Proa.Api.Meta;

/// <summary>What a client must know of a resource type to address it.</summary>
/// <param name="Plural">The name in the URL, such as <c>deployments</c>.</param>
public sealed record ResourceInfo(string Group, string Version, string Plural, string Kind, bool Namespaced)
{
    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary><c>deployments.apps</c>, or <c>pods</c> for the core group.</summary>
    public string GroupResource => Group.Length == 0 ? Plural : $"{Plural}.{Group}";

    public GroupVersionKind Gvk => new(Group, Version, Kind);
}
