using Proa.Store.Encryption;

namespace Proa.Store.Etcd;

/// <summary>Where etcd is, and how the store uses it.</summary>
public sealed record EtcdOptions
{
    /// <summary>The members' client addresses, <c>https://10.0.0.1:2379</c>; the first that answers is used until it fails.</summary>
    public required IReadOnlyList<Uri> Endpoints { get; init; }

    /// <summary>
    /// The client's certificate, PEM; null: none is shown. Needs <see cref="KeyPath"/>. The three files are read again for each
    /// connection: new ones need no restart.
    /// </summary>
    public string? CertificatePath { get; init; }

    /// <summary>The private key of the certificate, PEM.</summary>
    public string? KeyPath { get; init; }

    /// <summary>The authority that signed the members' certificates, PEM; null: the machine's own.</summary>
    public string? AuthorityPath { get; init; }

    /// <summary>What all keys begin with; the original's <c>--etcd-prefix</c>.</summary>
    public string Prefix { get; init; } = "/registry";

    /// <summary>How long one member may take to accept a connection.</summary>
    public TimeSpan DialTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long one request to one member may take before the next member is asked.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>After this a read or write that no member answered is refused; a write whose outcome is open says so.</summary>
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a start waits for members that do not answer yet, or have no leader; zero: they are asked once.</summary>
    public TimeSpan OpenWithin { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Told what a start waits for, when it begins to wait and every ten seconds.</summary>
    public Action<string>? Waiting { get; init; }

    /// <summary>How often old revisions are compacted; zero: never. Servers on one etcd agree on who does it.</summary>
    public TimeSpan CompactionInterval { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long Events are kept.</summary>
    public TimeSpan EventLifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The largest value that a member takes; etcd's <c>--max-request-bytes</c>.</summary>
    public int MaxRequestBytes { get; init; } = 1536 * 1024;

    /// <summary>What is encrypted in etcd, and by what; null: nothing.</summary>
    public StoreEncryption? Encryption { get; init; }
}
