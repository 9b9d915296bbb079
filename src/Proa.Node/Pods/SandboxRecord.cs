namespace Proa.Node.Pods;

/// <summary>A pod's sandbox as the runtime knows it. Immutable.</summary>
/// <param name="Ips">Its own addresses; empty with the host's network.</param>
internal sealed record SandboxRecord(string Id, int Attempt, bool Ready, IReadOnlyList<string> Ips, DateTimeOffset CreatedAt);
