namespace Proa.Cluster;

/// <summary>Where a cluster keeps what: everything it writes lies under one data directory.</summary>
internal sealed class ClusterPaths(string dataDir)
{
    public const string DefaultDataDir = "/var/lib/proa";

    public string Root { get; } = Path.GetFullPath(dataDir);

    /// <summary>The cluster's identity and settings.</summary>
    public string Config => Path.Combine(Root, "cluster.json");

    public string Kubeconfig => Path.Combine(Root, "kubeconfig");

    public string Pki => Path.Combine(Root, "pki");

    public string AdminToken => Path.Combine(Pki, "admin-token");

    /// <summary>Who this directory's server was, one start a line.</summary>
    public string Identities => Path.Combine(Root, "server-ids");

    /// <summary>What opens the keys that the servers of one etcd share.</summary>
    public string ClusterKey => Path.Combine(Pki, "cluster-key");

    /// <summary>What opens encrypted values of the store.</summary>
    public string EncryptionKey => Path.Combine(State, "pki", "encryption-key");

    public string State => Path.Combine(Root, "state");

    public string Database => Path.Combine(State, "proa.db");

    public string Containerd => Path.Combine(Root, "containerd");

    public string ContainerdSocket => Path.Combine(Containerd, "containerd.sock");

    public string Pods => Path.Combine(Root, "pods");

    public string Cni => Path.Combine(Root, "cni");

    /// <summary>Process id and start of the running process, while it runs.</summary>
    public string RunFile => Path.Combine(Root, "run.json");

    /// <summary>What happens in a cluster, line by line.</summary>
    public string Log => Path.Combine(Root, "proa.log");

    /// <summary>What a detached cluster prints. Not the log: two writers would overwrite each other.</summary>
    public string Output => Path.Combine(Root, "proa.out");
}
