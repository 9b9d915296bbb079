namespace Proa.Node.Volumes;

/// <summary>A volume that stands at a path of the host, or why it does not.</summary>
internal sealed record VolumeOutcome(string? HostPath, string? Error = null)
{
    /// <summary>Containers must not write to it, whatever their mount says.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>The objects whose change changes the volume.</summary>
    public IReadOnlyList<ObjectKey> References { get; init; } = [];

    /// <summary>When the content must be renewed.</summary>
    public DateTimeOffset? RefreshAt { get; init; }

    public static VolumeOutcome Failed(string error, IReadOnlyList<ObjectKey>? references = null) =>
        new(null, error) { References = references ?? [] };
}
