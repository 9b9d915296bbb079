namespace Proa.Cluster;

/// <summary>Where the API server is in its life, for its health checks.</summary>
internal sealed class RunningState
{
    private volatile bool _started;
    private volatile bool _stopping;

    public bool IsStarted => _started;

    public bool IsStopping => _stopping;

    public void Start() => _started = true;

    public void Stop() => _stopping = true;
}
