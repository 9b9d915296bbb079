using Proa.Node.Cri.V1;

namespace Proa.Node.Pods;

internal enum RunState
{
    Created,
    Running,
    Exited,
    Unknown,
}

/// <summary>A container as the runtime knows it. Immutable.</summary>
internal sealed record ContainerRecord
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required string SandboxId { get; init; }

    /// <summary>How often it was started before: the restart count.</summary>
    public int Attempt { get; init; }

    /// <summary>What of its specification it was made from; another value means: make it anew.</summary>
    public string Hash { get; init; } = "";

    public RunState State { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    public int ExitCode { get; init; }

    public string Reason { get; init; } = "";

    public string Message { get; init; } = "";

    public string Image { get; init; } = "";

    public string ImageRef { get; init; } = "";

    /// <param name="status">The runtime's answer.</param>
    /// <param name="sandboxId">Not in the answer.</param>
    /// <param name="message">The termination message, when the container has ended; else the runtime's own is taken.</param>
    public static ContainerRecord From(ContainerStatus status, string sandboxId, string? message) => new()
    {
        Id = status.Id,
        Name = status.Metadata.Name,
        SandboxId = sandboxId,
        Attempt = (int)status.Metadata.Attempt,
        Hash = status.Annotations.TryGetValue(PodLabels.ContainerHash, out var hash) ? hash : "",
        State = status.State switch
        {
            ContainerState.ContainerCreated => RunState.Created,
            ContainerState.ContainerRunning => RunState.Running,
            ContainerState.ContainerExited => RunState.Exited,
            _ => RunState.Unknown,
        },
        CreatedAt = Time(status.CreatedAt) ?? DateTimeOffset.UnixEpoch,
        StartedAt = Time(status.StartedAt),
        FinishedAt = Time(status.FinishedAt),
        ExitCode = status.ExitCode,
        Reason = status.Reason,
        Message = message ?? status.Message,
        Image = status.Image?.Image ?? "",
        ImageRef = status.ImageRef,
    };

    private static DateTimeOffset? Time(long nanoseconds) =>
        nanoseconds <= 0 ? null : DateTimeOffset.UnixEpoch.AddTicks(nanoseconds / 100);
}
