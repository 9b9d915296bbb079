namespace Proa.ApiServer.Admission;

/// <summary>What a namespace without labels asks of its pods, and who is not asked. Immutable.</summary>
public sealed record PodSecuritySettings
{
    public static readonly PodSecuritySettings Default = new();

    /// <summary>Values as of the labels, by their names without the prefix: <c>enforce</c>, <c>enforce-version</c>, <c>audit</c> and so on.</summary>
    public IReadOnlyDictionary<string, string> Defaults { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<string> ExemptNamespaces { get; init; } = [];

    public IReadOnlyList<string> ExemptUsers { get; init; } = [];

    public IReadOnlyList<string> ExemptRuntimeClasses { get; init; } = [];
}
