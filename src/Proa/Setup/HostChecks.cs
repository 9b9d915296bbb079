using System.Runtime.InteropServices;
using Proa.Network;
using Proa.Network.Pods;

namespace Proa.Setup;

/// <summary>What this machine has of what a cluster needs: the facts behind <c>proa doctor</c> and the set-up of <c>proa up</c>.</summary>
internal static class HostChecks
{
    private static readonly string[] s_path =
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Concat(["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"]).ToArray();

    private static readonly string[] s_cniFolders = ["/usr/lib/cni", "/opt/cni/bin", "/usr/libexec/cni"];

    /// <summary>What a node needs besides the kernel: program, package.</summary>
    public static IEnumerable<HostCheck> Programs()
    {
        yield return Program("containerd", "containerd", "runs containers");
        yield return Program("ctr", "containerd", "imports images");
        yield return Program("runc", "runc", "starts containers");
        yield return Program("nft", "nftables", "sets up Services");
        var cni = s_cniFolders.FirstOrDefault(folder => File.Exists(Path.Combine(folder, "ptp")));
        yield return new("CNI plugins", cni is not null, true, cni ?? "not found: connects pods to the network", "containernetworking-plugins");
    }

    public static IEnumerable<HostCheck> All()
    {
        yield return new("root", Signals.EffectiveUser() == 0, true, Signals.EffectiveUser() == 0 ? "yes" : "no", null, "run proa as root (sudo)");
        foreach (var check in Programs())
        {
            yield return check;
        }
        yield return Library();
        yield return Filesystem("overlay", "image layers");
        var cgroup = File.Exists("/sys/fs/cgroup/cgroup.controllers") ? "v2" : Directory.Exists("/sys/fs/cgroup/memory") ? "v1" : null;
        yield return new("cgroups", cgroup is not null, true, cgroup ?? "not mounted: limits cannot be set", null, "mount the cgroup file systems");
        var forwarding = Read("/proc/sys/net/ipv4/ip_forward") is not null;
        yield return new("IPv4 forwarding", forwarding, true, forwarding ? "can be set" : "/proc/sys/net is not there", null, "run where the network can be administered");
        yield return Firewall();
        var resource = HasCapability(24);
        yield return new("CAP_SYS_RESOURCE", resource, false,
            resource ? "yes" : "no: containers get no lower OOM score than this process (containerd is told so)", null, null);
        foreach (var (device, use) in new[] { ("/dev/net/tun", "VPN containers"), ("/dev/fuse", "FUSE volumes") })
        {
            var there = File.Exists(device);
            yield return new(device, there, false, there ? "yes" : $"no: {use} cannot run", null, null);
        }
    }

    public static string? Find(string program) => s_path.Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    private static HostCheck Program(string name, string package, string use) =>
        Find(name) is { } path ? new(name, true, true, path) : new(name, false, true, $"not found: {use}", package);

    private static HostCheck Firewall()
    {
        try
        {
            var drops = HostFirewall.ForwardDrops();
            return drops.Count == 0
                ? new("firewall", true, false, "lets pods' packets through")
                : new("firewall", false, false, $"{string.Join(", ", drops)}: drops forwarded packets, pods' too", null, "let the pod range pass, as docs/networking.md shows");
        }
        catch (NetworkException e)
        {
            return new("firewall", false, false, e.Message, null, "run as root, on a kernel with nf_tables");
        }
    }

    private static HostCheck Library()
    {
        var found = NativeLibrary.TryLoad("libsqlite3.so.0", out var handle);
        if (found)
        {
            NativeLibrary.Free(handle);
        }
        return new("libsqlite3", found, true, found ? "libsqlite3.so.0" : "not found: keeps the cluster's state", "libsqlite3-0");
    }

    private static HostCheck Filesystem(string name, string use)
    {
        var there = Read("/proc/filesystems")?.Contains($"\t{name}\n") == true || Directory.Exists($"/sys/module/{name}");
        return new(name, there, true, there ? "yes" : $"the kernel does not offer it: {use}", null, $"modprobe {name}");
    }

    private static bool HasCapability(int bit)
    {
        var line = Read("/proc/self/status")?.Split('\n').FirstOrDefault(l => l.StartsWith("CapEff:", StringComparison.Ordinal));
        return line is not null && (Convert.ToUInt64(line["CapEff:".Length..].Trim(), 16) >> bit & 1) == 1;
    }

    private static string? Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
