namespace Proa.Node.Probes;

/// <summary>
/// Turns single outcomes into a result: only so many in a row change it. Startup and liveness need one success. Not
/// thread-safe.
/// </summary>
internal sealed class ProbeThreshold(int successes, int failures)
{
    private ProbeVerdict? _last;
    private int _run;

    /// <returns>The result this outcome settles; null when it settles nothing yet.</returns>
    public bool? Record(ProbeVerdict verdict)
    {
        if (verdict == ProbeVerdict.Error)
        {
            return null;
        }
        _run = _last == verdict ? _run + 1 : 1;
        _last = verdict;
        var ok = verdict == ProbeVerdict.Success;
        return _run >= (ok ? successes : failures) ? ok : null;
    }
}
