namespace Proa.Store;

public sealed record StoreOptions
{
    /// <summary>Where the store keeps its files; made (0700) when it is not there.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>The resources whose objects are encrypted on the disk.</summary>
    public IReadOnlyCollection<string> EncryptedResources { get; init; } = ["secrets"];

    /// <summary>A lock that the caller holds already; null: the store takes and releases its own.</summary>
    public DataDirectoryLock? Lock { get; init; }

    internal string DatabasePath => Path.Combine(DataDirectory, "store.db");

    internal string EncryptionKeyPath => Path.Combine(DataDirectory, "pki", "encryption-key");
}
