using System.Security.Cryptography;

namespace Proa.Bench.Api.Servers;

/// <summary>The original: kube-apiserver over an etcd of its own, both from the path.</summary>
internal sealed class KubeServer(string folder) : TestedServer(folder)
{
    private readonly int _clients = FreePort();
    private readonly int _peers = FreePort();

    public static bool IsOnPath => Find("etcd") is not null && Find("kube-apiserver") is not null;

    protected override string Token => "bench";

    protected override void Launch()
    {
        var key = Path.Combine(Folder, "accounts.key");
        var tokens = Path.Combine(Folder, "tokens.csv");
        if (!File.Exists(key))
        {
            using var rsa = RSA.Create(2048);
            File.WriteAllText(key, rsa.ExportRSAPrivateKeyPem());
            File.WriteAllText(tokens, $"{Token},admin,1,\"system:masters\"\n");
        }
        var (clients, peers) = ($"http://127.0.0.1:{_clients}", $"http://127.0.0.1:{_peers}");
        Launch(Find("etcd")!, "etcd.log",
        [
            "--data-dir", Path.Combine(Folder, "etcd"),
            "--listen-client-urls", clients, "--advertise-client-urls", clients,
            "--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers, "--initial-cluster", $"default={peers}",
            "--quota-backend-bytes", $"{8L << 30}",
        ]);
        Launch(Find("kube-apiserver")!, "kube-apiserver.log",
        [
            "--etcd-servers", clients,
            "--bind-address", "127.0.0.1", "--secure-port", $"{Address.Port}", "--cert-dir", Path.Combine(Folder, "certs"),
            // Published, not listened on: a loopback address may not be, and a machine may have no other.
            "--advertise-address", "192.0.2.1", "--endpoint-reconciler-type", "none",
            "--service-cluster-ip-range", "10.198.0.0/16",
            "--authorization-mode", "RBAC", "--token-auth-file", tokens,
            "--service-account-issuer", "https://kubernetes.default.svc",
            "--service-account-key-file", key, "--service-account-signing-key-file", key,
            // No controller makes the accounts that it would ask for.
            "--disable-admission-plugins", "ServiceAccount",
        ]);
    }

    private static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}
