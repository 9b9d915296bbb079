namespace Proa.ApiServer.Fairness;

/// <summary>
/// How many seconds a refused client is told to wait: twice as long while many are refused, a second less when few are. Thread-safe.
/// </summary>
internal sealed class DroppedRequests(TimeProvider time)
{
    private const int Longest = 32;
    private readonly Lock _lock = new();
    private readonly Queue<(long Second, int Count)> _history = new();
    private long _second;
    private int _count;
    private long _raised;
    private int _retryAfter = 1;

    /// <returns>The seconds that the refused client waits before it asks again.</returns>
    public int Note()
    {
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        lock (_lock)
        {
            if (_second == now)
            {
                _count++;
                return _retryAfter;
            }
            _history.Enqueue((_second, _count));
            while (_history.TryPeek(out var oldest) && now - oldest.Second > Math.Min(2 * _retryAfter, Longest))
            {
                _history.Dequeue();
            }
            (_second, _count) = (now, 1);
            Adjust(now);
            return _retryAfter;
        }
    }

    private void Adjust(long now)
    {
        var dropped = 0;
        foreach (var (second, count) in _history)
        {
            if (now - second <= _retryAfter)
            {
                dropped += count;
            }
        }
        if (now - _raised >= _retryAfter && dropped >= 3 * _retryAfter)
        {
            _retryAfter = Math.Min(_retryAfter * 2, Longest);
            _raised = now;
        }
        else if (dropped < _retryAfter && _retryAfter > 1)
        {
            _retryAfter--;
        }
    }
}
