using System.Text.Json;

namespace Proa.Network.Tests.Kernel;

/// <summary>A network namespace plugged in by the real CNI plug-in with the configuration that the cluster wrote.</summary>
internal sealed class TestPod : IDisposable
{
    private static int s_count;

    private readonly Dictionary<string, string> _environment;
    private readonly string _config;
    private readonly string _plugin;

    public TestPod(NetworkOptions options)
    {
        Namespace = new NetworkNamespace($"pod-{Interlocked.Increment(ref s_count)}");
        using var list = JsonDocument.Parse(File.ReadAllText(Path.Combine(options.CniConfDir, "10-proa.conflist")));
        var plugin = list.RootElement.GetProperty("plugins")[0];
        var config = new Dictionary<string, JsonElement>
        {
            ["cniVersion"] = list.RootElement.GetProperty("cniVersion"),
            ["name"] = list.RootElement.GetProperty("name"),
        };
        foreach (var property in plugin.EnumerateObject())
        {
            config[property.Name] = property.Value;
        }
        _config = JsonSerializer.Serialize(config);
        _plugin = Directories().Select(d => Path.Combine(d, config["type"].GetString()!)).First(File.Exists);
        _environment = new Dictionary<string, string>
        {
            ["CNI_COMMAND"] = "ADD",
            ["CNI_CONTAINERID"] = Namespace.Name,
            ["CNI_NETNS"] = Namespace.Path,
            ["CNI_IFNAME"] = "eth0",
            ["CNI_PATH"] = string.Join(':', Directories()),
        };
        using var result = JsonDocument.Parse(Command.Run(_plugin, [], _config, _environment));
        Address = result.RootElement.GetProperty("ips")[0].GetProperty("address").GetString()!.Split('/')[0];
    }

    public NetworkNamespace Namespace { get; }

    public string Address { get; }

    public void Unplug()
    {
        _environment["CNI_COMMAND"] = "DEL";
        Command.Run(_plugin, [], _config, _environment);
    }

    public void Dispose() => Namespace.Dispose();

    private static string[] Directories() => ["/opt/cni/bin", "/usr/lib/cni"];
}
