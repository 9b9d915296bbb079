namespace Proa.Node.EnvironmentVariables;

/// <summary>A container's variables, or why they cannot be had: the message of a CreateContainerConfigError.</summary>
public sealed record EnvironmentResult(IReadOnlyList<KeyValuePair<string, string>> Variables, string? Error = null)
{
    public bool Ok => Error is null;

    internal static EnvironmentResult Failed(string error) => new([], error);
}
