using Proa.Store.Encryption;

namespace Proa.Store;

public sealed record StoreOptions
{
    /// <summary>Where the store keeps its files; made (0700) when it is not there.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>What is encrypted on the disk, and by what; null: Secrets, by a key of the store's own.</summary>
    public StoreEncryption? Encryption { get; init; }

    /// <summary>A lock that the caller holds already; null: the store takes and releases its own.</summary>
    public DataDirectoryLock? Lock { get; init; }

    /// <summary>
    /// How long the write-ahead log gets before it is moved into the database: 8 MB at the default page size. It is overwritten from
    /// its start after that.
    /// </summary>
    internal int CheckpointPages { get; init; } = 2000;

    internal string DatabasePath => Path.Combine(DataDirectory, "store.db");

    internal string EncryptionKeyPath => Path.Combine(DataDirectory, "pki", "encryption-key");
}
