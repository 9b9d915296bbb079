using Microsoft.Extensions.Logging;
using Proa.Api.Meta;

namespace Proa.Client.Informers;

/// <summary>
/// Makes and runs the informers of one process. An informer starts when <see cref="RunAsync"/> runs, or, when it is asked
/// for later, at once. Thread-safe.
/// </summary>
public sealed class InformerFactory(IClusterClient client, TimeProvider time, ILoggerFactory loggers) : IInformerFactory
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(Type, string?, string?), object> _informers = [];
    private readonly List<Func<CancellationToken, Task>> _waiting = [];
    private readonly List<Task> _running = [];
    private CancellationToken? _token;

    public IInformer<T> Get<T>(string? ns = null, string? fieldSelector = null) where T : class, IResource<T>
    {
        lock (_gate)
        {
            if (_informers.TryGetValue((typeof(T), ns, fieldSelector), out var known))
            {
                return (IInformer<T>)known;
            }
            var informer = new Informer<T>(client, ns, fieldSelector, time, loggers.CreateLogger("Proa.Client.Informers"));
            _informers.Add((typeof(T), ns, fieldSelector), informer);
            if (_token is { } ct)
            {
                _running.Add(Start(informer.RunAsync, ct));
            }
            else
            {
                _waiting.Add(informer.RunAsync);
            }
            return informer;
        }
    }

    /// <summary>Runs all informers until the token is cancelled and each has ended. Call once.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        lock (_gate)
        {
            _token = ct;
            _running.AddRange(_waiting.Select(run => Start(run, ct)));
            _waiting.Clear();
        }
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = ct.UnsafeRegister(_ => cancelled.TrySetResult(), null);
        await cancelled.Task;
        Task[] running;
        lock (_gate)
        {
            running = [.. _running];
        }
        await Task.WhenAll(running);
    }

    private static Task Start(Func<CancellationToken, Task> run, CancellationToken ct) => Task.Run(() => run(ct), CancellationToken.None);
}
