using System.Diagnostics;

namespace Proa.Store.Tests.Etcd;

/// <summary>One real etcd member as a child process.</summary>
internal sealed class EtcdProcess : IDisposable
{
    private readonly string[] _command;
    private Process? _process;
    private TaskCompletionSource _ready = new();

    /// <param name="prefix">What the program is started with, such as a network namespace's entry; may be empty.</param>
    public EtcdProcess(Uri clients, IReadOnlyList<string> prefix, IReadOnlyList<string> arguments)
    {
        Clients = clients;
        _command = [.. prefix, "etcd", .. arguments];
    }

    /// <summary>Where clients reach it.</summary>
    public Uri Clients { get; }

    public bool IsRunning => _process is { HasExited: false };

    /// <summary>Completes when it serves clients.</summary>
    public Task Ready => _ready.Task;

    public void Start()
    {
        _ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var ready = _ready;
        var last = "";
        _process = new Process
        {
            StartInfo = new ProcessStartInfo(_command[0], _command[1..]) { RedirectStandardError = true, RedirectStandardOutput = true },
            EnableRaisingEvents = true,
        };
        _process.ErrorDataReceived += (_, line) =>
        {
            last = line.Data ?? last;
            if (last.Contains("serving client traffic", StringComparison.Ordinal))
            {
                ready.TrySetResult();
            }
        };
        _process.OutputDataReceived += static (_, _) => { };
        _process.Exited += (_, _) => ready.TrySetException(new InvalidOperationException($"etcd ended: {last}"));
        _process.Start();
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        if (_process is { HasExited: false } running)
        {
            running.Kill();
            await running.WaitForExitAsync();
        }
    }

    public void Dispose()
    {
        if (_process is { HasExited: false } running)
        {
            running.Kill();
            running.WaitForExit();
        }
        _process?.Dispose();
    }
}
