namespace Proa.Client.Node;

/// <summary>
/// The acknowledged drain: tells the node agent when no proxy sends new connections to a terminating pod any more, so that
/// SIGTERM never races a request. Implemented by the service proxy. Thread-safe.
/// </summary>
public interface IDrainGate
{
    /// <summary>
    /// Completes when each proxy has programmed a state in which none of the addresses is a serving backend. It has no
    /// bound of its own: the caller gives up after its own time-out.
    /// </summary>
    Task WaitDrainedAsync(string ns, string pod, IReadOnlyList<string> addresses, CancellationToken ct);
}
