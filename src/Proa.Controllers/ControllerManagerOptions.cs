namespace Proa.Controllers;

/// <summary>How the controllers of a cluster run.</summary>
public sealed record ControllerManagerOptions
{
    /// <summary>
    /// Which controllers run, comma-separated: <c>*</c> is all, <c>name</c> adds one, <c>-name</c> takes one out; a name counts
    /// more than the star.
    /// </summary>
    public string Controllers { get; init; } = "*";

    /// <summary>The certificate authority's PEM, published to each namespace for its pods.</summary>
    public required string RootCaPem { get; init; }

    /// <summary>The certificate authority with its private key, for the cluster's own signers; null: nothing is signed.</summary>
    public System.Security.Cryptography.X509Certificates.X509Certificate2? SigningAuthority { get; init; }

    /// <summary>
    /// Signs a token without an end from namespace, service account, its uid and the Secret that holds it; null: such Secrets stay empty.
    /// </summary>
    public Func<string, string, string, string, string>? SecretTokens { get; init; }

    /// <summary>Several servers serve the cluster, and each admits what others do not know yet.</summary>
    public bool OneOfSeveral { get; init; }

    /// <summary>How long a node may be silent before it is taken as unreachable.</summary>
    public TimeSpan NodeGracePeriod { get; init; } = TimeSpan.FromSeconds(40);

    /// <summary>How long after the start the garbage collector begins, so that it does not compete with what users wait for.</summary>
    public TimeSpan GarbageCollectionDelay { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How many finished pods may stay.</summary>
    public int FinishedPodsKept { get; init; } = 12500;
}
