using System.Diagnostics;

namespace Proa.Store.Tests.Etcd;

/// <summary>
/// A network namespace for each member and each server, all on one bridge of the test's own, so that a link can be cut as a cable
/// can. Needs root.
/// </summary>
internal sealed class EtcdNetwork : IDisposable
{
    private readonly string _id = $"{Environment.ProcessId % 100_000}";
    private readonly int _subnet = 16 + (Environment.ProcessId % 200);
    private readonly int _hosts;

    public EtcdNetwork(int hosts)
    {
        _hosts = hosts;
        Dispose();
        Ip($"link add {Bridge} type bridge");
        Ip($"addr add 10.213.{_subnet}.1/24 dev {Bridge}");
        Ip($"link set {Bridge} up");
        for (var i = 0; i < hosts; i++)
        {
            Ip($"netns add {Host(i)}");
            Ip($"link add {Link(i)} type veth peer name eth0 netns {Host(i)}");
            Ip($"link set {Link(i)} master {Bridge} up");
            Ip($"-n {Host(i)} addr add {Address(i)}/24 dev eth0");
            Ip($"-n {Host(i)} link set eth0 up");
            Ip($"-n {Host(i)} link set lo up");
        }
    }

    private string Bridge => $"petcd{_id}";

    public string Address(int host) => $"10.213.{_subnet}.{10 + host}";

    public IReadOnlyList<string> Enter(int host) => ["ip", "netns", "exec", Host(host)];

    /// <summary>Nothing reaches the host, and nobody is told that.</summary>
    public void Cut(int host) => Ip($"link set {Link(host)} down");

    public void Mend(int host) => Ip($"link set {Link(host)} up");

    public void Dispose()
    {
        for (var i = 0; i < _hosts; i++)
        {
            Ip($"link del {Link(i)}", mayFail: true);
            Ip($"netns del {Host(i)}", mayFail: true);
        }
        Ip($"link del {Bridge}", mayFail: true);
    }

    private string Host(int host) => $"petcd-{_id}-{host}";

    private string Link(int host) => $"petcd{_id}-{host}";

    private static void Ip(string arguments, bool mayFail = false)
    {
        using var ip = Process.Start(new ProcessStartInfo("ip", arguments) { RedirectStandardError = true })!;
        var error = ip.StandardError.ReadToEnd();
        ip.WaitForExit();
        Assert.True(mayFail || ip.ExitCode == 0, $"ip {arguments}: {error}");
    }
}
