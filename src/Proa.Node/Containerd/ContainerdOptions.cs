namespace Proa.Node.Containerd;

/// <summary>Where the cluster's own containerd lives. Paths are absolute.</summary>
public sealed record ContainerdOptions
{
    /// <summary>Holds configuration, socket, root, state and log: D/containerd.</summary>
    public required string Directory { get; init; }

    /// <summary>Where the network's CNI configuration is written: D/cni/net.d.</summary>
    public required string CniConfigDirectory { get; init; }

    /// <summary>Where the CNI plugins are; null: the first of the usual folders that exists.</summary>
    public string? CniPluginDirectory { get; init; }

    public string Binary { get; init; } = "containerd";

    /// <summary>The low-level runtime that containerd calls, such as <c>runc</c>.</summary>
    public string RuntimeBinary { get; init; } = "runc";

    /// <summary>The usual places below a cluster's data directory.</summary>
    public static ContainerdOptions In(string dataDirectory) => new()
    {
        Directory = Path.Combine(dataDirectory, "containerd"),
        CniConfigDirectory = Path.Combine(dataDirectory, "cni", "net.d"),
    };

    public string Socket => Path.Combine(Directory, "containerd.sock");

    public string Root => Path.Combine(Directory, "root");

    public string State => Path.Combine(Directory, "state");

    public string LogFile => Path.Combine(Directory, "log");

    public string PidFile => Path.Combine(Directory, "containerd.pid");

    public string ConfigFile => Path.Combine(Directory, "config.toml");

    /// <summary>Registries' own settings (mirrors, certificates), a folder a host.</summary>
    public string RegistryDirectory => Path.Combine(Directory, "certs.d");
}
