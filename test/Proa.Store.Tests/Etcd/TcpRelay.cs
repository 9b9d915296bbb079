using System.Net;
using System.Net.Sockets;

namespace Proa.Store.Tests.Etcd;

/// <summary>
/// A wire between a store and a member that a test can cut, on which it can let answers get lost while requests still go
/// through, and let requests arrive late, after their sender has given them up.
/// </summary>
internal sealed class TcpRelay : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Uri _target;
    private readonly Lock _gate = new();
    private readonly List<Socket> _open = [];
    private TaskCompletionSource _swallowed = new();
    private volatile bool _cut;
    private volatile bool _swallows;
    private HeldRequests? _held;

    public TcpRelay(Uri target)
    {
        _target = target;
        _listener.Start();
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
        _ = AcceptAsync();
    }

    public Uri Address { get; }

    /// <summary>How much later the member's answers arrive.</summary>
    public TimeSpan Latency { get; set; }

    /// <summary>Breaks all connections; new ones are refused until <see cref="Mend"/>.</summary>
    public void Cut()
    {
        _cut = true;
        Break();
    }

    public void Mend() => _cut = false;

    /// <summary>From now on nothing that the member says arrives.</summary>
    /// <returns>Completes when something was lost.</returns>
    public Task SwallowAnswers()
    {
        _swallowed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _swallows = true;
        return _swallowed.Task;
    }

    /// <summary>Breaks what lost its answers; new connections work.</summary>
    public void StopSwallowing()
    {
        _swallows = false;
        Break();
    }

    /// <summary>From now on requests are kept, and none is answered.</summary>
    /// <returns>Completes when something is kept.</returns>
    public Task HoldRequests() => (_held = new HeldRequests()).Any;

    /// <summary>The member gets what was kept.</summary>
    /// <returns>Completes when the member has answered all of it.</returns>
    public Task DeliverAsync() => _held!.DeliverAsync();

    public void Dispose()
    {
        _listener.Dispose();
        Cut();
    }

    private void Break()
    {
        lock (_gate)
        {
            _open.ForEach(static socket => socket.Dispose());
            _open.Clear();
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptSocketAsync();
                if (_cut)
                {
                    client.Dispose();
                    continue;
                }
                var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await server.ConnectAsync(_target.Host, _target.Port);
                client.NoDelay = true;
                lock (_gate)
                {
                    _open.AddRange([client, server]);
                }
                _ = CopyAsync(client, server, answers: false);
                _ = CopyAsync(server, client, answers: true);
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task CopyAsync(Socket from, Socket to, bool answers)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer) is var read and > 0)
            {
                if (answers && _swallows)
                {
                    _swallowed.TrySetResult();
                    continue;
                }
                if (_held is { } held)
                {
                    if (answers)
                    {
                        held.Answered(buffer.AsSpan(0, read));
                    }
                    else
                    {
                        held.Add(to, buffer.AsSpan(0, read));
                    }
                    continue;
                }
                if (answers && Latency > TimeSpan.Zero)
                {
                    await Task.Delay(Latency, TimeProvider.System);
                }
                await to.SendAsync(buffer.AsMemory(0, read));
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
        }
        finally
        {
            from.Dispose();
            if (_held is null || answers)
            {
                // Otherwise the client has gone, and what it said is still on the way.
                to.Dispose();
            }
        }
    }
}
