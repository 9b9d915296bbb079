namespace Proa.Client.Node;

/// <summary>
/// What the API server asks of a node for the pod subresources log, exec, attach and portforward. The API server ends the
/// client's protocol (WebSocket, SPDY); the node speaks to the runtime; between them are plain streams. In-process it is
/// the node agent itself. Thread-safe.
/// </summary>
public interface INodeApi
{
    /// <summary>Writes the log to <paramref name="output"/> until its end or, when following, until the container ends.</summary>
    /// <returns>Null when it worked; otherwise what refused it, before anything was written.</returns>
    Task<NodeError?> LogsAsync(LogRequest request, Stream output, CancellationToken ct);

    /// <summary>Runs a command, or attaches; returns when it is over.</summary>
    Task<ExecResult> ExecAsync(ExecRequest request, ExecStreams streams, CancellationToken ct);

    /// <summary>Connects to a port inside the pod's network namespace; the caller disposes the stream.</summary>
    Task<(Stream? Connection, NodeError? Error)> ConnectAsync(string ns, string pod, int port, CancellationToken ct);
}

/// <summary>A refusal with its HTTP code and Status reason, such as 400 BadRequest.</summary>
public sealed record NodeError(int Code, string Reason, string Message);

public sealed record LogRequest(string Namespace, string Pod, string Container)
{
    public bool Follow { get; init; }

    public bool Previous { get; init; }

    public bool Timestamps { get; init; }

    public long? TailLines { get; init; }

    public long? LimitBytes { get; init; }

    public DateTimeOffset? Since { get; init; }
}

/// <param name="Command">Empty: attach to the container's own process.</param>
public sealed record ExecRequest(string Namespace, string Pod, string Container, IReadOnlyList<string> Command)
{
    public bool Tty { get; init; }
}

/// <summary>The client's side of an exec; a null stream was not asked for. Reading 0 bytes of stdin closes the process's.</summary>
public sealed record ExecStreams(Stream? Stdin, Stream? Stdout, Stream? Stderr, IAsyncEnumerable<TerminalSize>? Resize);

public readonly record struct TerminalSize(ushort Width, ushort Height);

/// <summary>How an exec ended: an exit code (0 is success), or an error that kept it from running.</summary>
public sealed record ExecResult(int ExitCode, NodeError? Error = null);
