using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using Proa.Cluster;

namespace Proa.Commands;

/// <summary>The options that <c>proa up</c> and <c>proa server</c> share.</summary>
internal sealed class ClusterFlags
{
    private readonly Option<string> _dataDir = CommandTree.DataDir();
    private readonly Option<bool> _noScheduler = new("--no-scheduler") { Description = "Leave pods unscheduled" };
    private readonly Option<bool> _noSetup = new("--no-setup") { Description = "Do not install what is missing: say what it is" };
    private readonly Option<string> _controllers = new("--controllers")
    {
        Description = $"Controllers to run: '*' is all, 'name' adds one, '-name' takes one out. Known: {string.Join(", ", ClusterHost.ControllerNames)}",
        DefaultValueFactory = _ => "*",
        HelpName = "LIST",
    };
    private readonly Option<int?> _apiPort = new("--api-port") { Description = "The API server's port (default 6443)", HelpName = "P" };
    private readonly Option<string?> _bind = Address("--bind", "The address on which the API listens (default 127.0.0.1; 0.0.0.0 for all)");
    private readonly Option<string?> _advertise = Address("--advertise-address", "The address at which pods and other machines reach this API server (default: that of --bind)");
    private readonly Option<string?> _nodeName = new("--node-name") { Description = "The node's name (default: the machine's)", HelpName = "N" };
    private readonly Option<string?> _podRange = Range("--pod-range", "Addresses for pods (default 10.244.0.0/24)");
    private readonly Option<string?> _serviceRange = Range("--service-range", "Addresses for Services (default 10.96.0.0/16)");
    private readonly Option<string?> _nodePorts = new("--node-ports") { Description = "Ports for NodePort Services (default 30000-32767)", HelpName = "A-B" };
    private readonly EtcdFlags _etcd = new();
    private readonly Option<string?> _clusterKey = File("--cluster-key", "Join the cluster that other servers keep in this etcd: a copy of their pki/cluster-key");
    private readonly Option<bool?> _leaderElect = new("--leader-elect")
    {
        Description = "Run controllers and scheduler only while holding their leases (default: with --etcd)",
        HelpName = "true|false",
    };
    private readonly ApiFlags _api = new();

    public ClusterFlags()
    {
        _nodePorts.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && !PortRange.TryParse(text, out _, out _))
            {
                result.AddError($"--node-ports: {text} is not a range such as 30000-32767");
            }
        });
    }

    public void AddTo(Command command)
    {
        Option[] own =
        [
            _dataDir, _noScheduler, _noSetup, _controllers, _apiPort, _bind, _advertise, _nodeName, _podRange, _serviceRange, _nodePorts,
            _clusterKey, _leaderElect,
        ];
        foreach (var flag in own.Concat(_api.All))
        {
            command.Add(flag);
        }
        _etcd.AddTo(command);
    }

    public UpOptions Read(ParseResult parsed) => new()
    {
        DataDir = parsed.GetValue(_dataDir)!,
        NoScheduler = parsed.GetValue(_noScheduler),
        NoSetup = parsed.GetValue(_noSetup),
        Controllers = parsed.GetValue(_controllers)!,
        ApiPort = parsed.GetValue(_apiPort),
        Bind = parsed.GetValue(_bind),
        AdvertiseAddress = parsed.GetValue(_advertise),
        NodeName = parsed.GetValue(_nodeName),
        PodRange = parsed.GetValue(_podRange),
        ServiceRange = parsed.GetValue(_serviceRange),
        NodePorts = parsed.GetValue(_nodePorts),
        Etcd = _etcd.Read(parsed),
        ClusterKey = parsed.GetValue(_clusterKey),
        LeaderElect = parsed.GetValue(_leaderElect),
        Api = _api.Read(parsed),
    };

    private static Option<string?> File(string name, string description) => new(name) { Description = description, HelpName = "FILE" };

    private static Option<string?> Address(string name, string description)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = "A" };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && !(IPAddress.TryParse(text, out var ip) && ip.AddressFamily == AddressFamily.InterNetwork))
            {
                result.AddError($"{name}: {text} is not an IPv4 address");
            }
        });
        return option;
    }

    private static Option<string?> Range(string name, string description)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = "CIDR" };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && !(IPNetwork.TryParse(text, out var network) && network.BaseAddress.AddressFamily == AddressFamily.InterNetwork && network.PrefixLength is >= 12 and <= 28))
            {
                result.AddError($"{name}: {text} is not an IPv4 range such as 10.96.0.0/16 (prefix 12 to 28, no host bits)");
            }
        });
        return option;
    }
}
