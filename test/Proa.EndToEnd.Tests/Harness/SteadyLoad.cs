using System.Diagnostics;

namespace Proa.EndToEnd.Tests.Harness;

/// <summary>Asks a URL at a steady rate until told to stop, and counts what failed. Loopback only.</summary>
internal sealed class SteadyLoad
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _requests = [];
    private readonly List<string> _failures = [];
    private readonly HttpClient _client = new(new SocketsHttpHandler { MaxConnectionsPerServer = 64, PooledConnectionLifetime = TimeSpan.FromSeconds(1) }) { Timeout = TimeSpan.FromSeconds(10) };
    private readonly Uri _url;
    private readonly Task _loop;
    private int _done;
    private readonly int _steadyAfter;
    private readonly TaskCompletionSource _steady = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private SteadyLoad(Uri url, int perSecond)
    {
        if (!url.IsLoopback)
        {
            throw new ArgumentException("load goes to loopback only", nameof(url));
        }
        _url = url;
        _steadyAfter = perSecond;
        _loop = Task.Run(() => LoopAsync(perSecond));
    }

    public static SteadyLoad Start(string url, int perSecond) => new(new Uri(url), perSecond);

    /// <summary>Requests answered so far.</summary>
    public int Done => Volatile.Read(ref _done);

    /// <summary>Completes when a second's worth is answered: connections are open and the rate holds.</summary>
    public Task Steady => _steady.Task;

    public async Task<(int Answered, IReadOnlyList<string> Failures, double PerSecond)> StopAsync()
    {
        var elapsed = _watch.Elapsed;
        await _stop.CancelAsync();
        await _loop;
        await Task.WhenAll(_requests);
        return (_done, _failures, _done / elapsed.TotalSeconds);
    }

    private readonly Stopwatch _watch = Stopwatch.StartNew();

    private async Task LoopAsync(int perSecond)
    {
        // Ten times a second, so many requests at once that the rate holds even after a late tick; five minutes at most.
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        var sent = 0;
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token) && _watch.Elapsed < TimeSpan.FromMinutes(5))
            {
                for (var due = (int)(_watch.Elapsed.TotalSeconds * perSecond); sent < due; sent++)
                {
                    _requests.Add(RequestAsync());
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task RequestAsync()
    {
        try
        {
            using var response = await _client.GetAsync(_url);
            var body = await response.Content.ReadAsStringAsync();
            if (!response.IsSuccessStatusCode)
            {
                Fail($"{(int)response.StatusCode} {body}");
                return;
            }
            if (Interlocked.Increment(ref _done) == _steadyAfter)
            {
                _steady.TrySetResult();
            }
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            Fail(e.ToString());
        }
    }

    private void Fail(string failure)
    {
        lock (_failures)
        {
            _failures.Add($"{_watch.Elapsed.TotalSeconds:0.000}s {failure}");
        }
    }
}
