namespace Proa.Node.Volumes;

/// <summary>A path of the host to be seen in a container.</summary>
public sealed record ContainerMount(string HostPath, string ContainerPath)
{
    public bool ReadOnly { get; init; }

    public MountPropagation Propagation { get; init; }

    public bool RecursiveReadOnly { get; init; }
}

public enum MountPropagation
{
    Private,
    HostToContainer,
    Bidirectional,
}

/// <summary>A container's mounts, or why they cannot be had (a CreateContainerConfigError).</summary>
public sealed record ContainerMounts(IReadOnlyList<ContainerMount> Mounts, string? Error = null)
{
    public bool Ok => Error is null;
}
