using System.Net;
using System.Net.Sockets;

namespace Proa.Store.Tests.Etcd;

/// <summary>Three real etcd members on loopback, each with a directory of its own; they go away with the test.</summary>
public sealed class EtcdCluster : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("proa-etcd-").FullName;
    private readonly string[] _arguments;
    private readonly List<EtcdProcess> _members = [];
    private readonly int _count;

    public EtcdCluster()
        : this(3)
    {
    }

    internal EtcdCluster(int count, params string[] arguments) => (_count, _arguments) = (count, arguments);

    /// <summary>Hosts of their own for the members; null: all on loopback.</summary>
    internal EtcdNetwork? Network { get; init; }

    /// <summary>How clients reach the members.</summary>
    internal string Scheme { get; init; } = "http";

    internal IReadOnlyList<EtcdProcess> Members => _members;

    internal IReadOnlyList<Uri> Endpoints => [.. _members.Select(member => member.Clients)];

    /// <summary>Whether etcd is on this machine.</summary>
    public static bool IsThere { get; } = File.Exists("/usr/bin/etcd");

    public async ValueTask InitializeAsync()
    {
        if (!IsThere)
        {
            return;
        }
        var ports = FreePorts(_count * 2);
        var initial = string.Join(",", Enumerable.Range(0, _count).Select(i => $"m{i}=http://{Host(i)}:{ports[_count + i]}"));
        for (var i = 0; i < _count; i++)
        {
            var (clients, peers) = ($"{Scheme}://{Host(i)}:{ports[i]}", $"http://{Host(i)}:{ports[_count + i]}");
            _members.Add(new EtcdProcess(new Uri(clients), Network?.Enter(i) ?? [],
            [
                "--name", $"m{i}", "--data-dir", Path.Combine(_directory, $"m{i}"), "--logger", "zap", "--log-outputs", "stderr",
                "--listen-client-urls", clients, "--advertise-client-urls", clients,
                "--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers,
                "--initial-cluster", initial, "--initial-cluster-state", "new", "--initial-cluster-token", _directory, .. _arguments,
            ]));
        }
        await StartAsync();
    }

    public ValueTask DisposeAsync()
    {
        _members.ForEach(static member => member.Dispose());
        Directory.Delete(_directory, recursive: true);
        return ValueTask.CompletedTask;
    }

    private string Host(int member) => Network?.Address(member) ?? "127.0.0.1";

    private async Task StartAsync()
    {
        _members.ForEach(static member => member.Start());
        await Task.WhenAll(_members.Select(static member => member.Ready)).WaitAsync(TimeSpan.FromSeconds(60));
    }

    private static int[] FreePorts(int count)
    {
        var sockets = Enumerable.Range(0, count).Select(_ => new Socket(SocketType.Stream, ProtocolType.Tcp)).ToList();
        try
        {
            return [.. sockets.Select(socket =>
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
                return ((IPEndPoint)socket.LocalEndPoint!).Port;
            })];
        }
        finally
        {
            sockets.ForEach(static socket => socket.Dispose());
        }
    }
}
