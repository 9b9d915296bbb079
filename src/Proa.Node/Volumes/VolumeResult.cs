namespace Proa.Node.Volumes;

/// <summary>Whether a pod's volumes are there; the error is the message of a FailedMount Event, after which the caller tries again.</summary>
public readonly record struct VolumeResult(string? Error)
{
    public static readonly VolumeResult Done;

    public bool Ok => Error is null;
}
