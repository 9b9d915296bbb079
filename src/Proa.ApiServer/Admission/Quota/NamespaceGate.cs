namespace Proa.ApiServer.Admission.Quota;

/// <summary>One holder at a time for each namespace. Thread-safe.</summary>
internal sealed class NamespaceGate
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (SemaphoreSlim Turn, int Users)> _turns = new(StringComparer.Ordinal);

    /// <summary>Waits for the turn; false: it did not come in time.</summary>
    public async ValueTask<bool> EnterAsync(string ns, TimeSpan patience, TimeProvider clock, CancellationToken ct)
    {
        SemaphoreSlim turn;
        lock (_gate)
        {
            var entry = _turns.TryGetValue(ns, out var known) ? known : (new SemaphoreSlim(1, 1), 0);
            _turns[ns] = (entry.Item1, entry.Item2 + 1);
            turn = entry.Item1;
        }
        if (turn.Wait(0, CancellationToken.None))
        {
            return true;
        }
        using var late = new CancellationTokenSource(patience, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, late.Token);
        try
        {
            await turn.WaitAsync(both.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            Forget(ns);
            ct.ThrowIfCancellationRequested();
            return false;
        }
    }

    /// <returns>True: nobody waits for a turn.</returns>
    public bool Leave(string ns)
    {
        lock (_gate)
        {
            _turns[ns].Turn.Release();
        }
        return Forget(ns);
    }

    private bool Forget(string ns)
    {
        lock (_gate)
        {
            var (turn, users) = _turns[ns];
            if (users == 1)
            {
                _turns.Remove(ns);
                turn.Dispose();
                return true;
            }
            _turns[ns] = (turn, users - 1);
            return false;
        }
    }
}
