namespace Proa.Cluster;

/// <summary>
/// The running parts of a cluster. A part runs until it is told to stop; when one ends by itself, the cluster stops. Parts stop in
/// the reverse order of their start, each before the next is told.
/// </summary>
internal sealed class PartSet
{
    private readonly List<(string Name, Task Task, CancellationTokenSource Stop)> _parts = [];
    private readonly TaskCompletionSource<(string Name, Exception? Error)> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when a part ended although nobody told it to.</summary>
    public Task<(string Name, Exception? Error)> Ended => _ended.Task;

    public void Start(string name, Func<CancellationToken, Task> run)
    {
        var stop = new CancellationTokenSource();
        var task = Task.Run(() => run(stop.Token), CancellationToken.None);
        _parts.Add((name, task, stop));
        _ = task.ContinueWith(
            ended =>
            {
                if (!stop.IsCancellationRequested)
                {
                    _ended.TrySetResult((name, ended.Exception?.InnerException));
                }
            },
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <param name="limit">For each part; one that takes longer is left to the end of the process.</param>
    /// <returns>The name of a part that took longer; null: all ended.</returns>
    public async Task<string?> StopAsync(TimeSpan limit, TimeProvider time)
    {
        string? late = null;
        foreach (var (name, task, stop) in Enumerable.Reverse(_parts))
        {
            await stop.CancelAsync();
            try
            {
                await task.WaitAsync(limit, time);
            }
            catch (Exception)
            {
                // Its failure was told by Ended, or it did not end in time.
                late = task.IsCompleted ? late : name;
            }
        }
        return late;
    }
}
