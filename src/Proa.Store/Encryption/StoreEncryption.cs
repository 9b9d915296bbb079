namespace Proa.Store.Encryption;

/// <summary>
/// Which resources are encrypted at rest, and by what. Made by whoever opens a store, embedded or etcd, and may be shared by
/// several. Thread-safe.
/// </summary>
public sealed class StoreEncryption
{
    private readonly string _keyPath;
    private readonly IReadOnlyCollection<string> _resources;

    private StoreEncryption(string keyPath, IReadOnlyCollection<string> resources) => (_keyPath, _resources) = (keyPath, resources);

    /// <summary>The resources that are encrypted when nothing else is asked for.</summary>
    public static IReadOnlyCollection<string> DefaultResources { get; } = ["secrets"];

    /// <summary>AES-256-GCM under the cluster's own key, which is made when a value first needs it.</summary>
    public static StoreEncryption FromKeyFile(string path, IReadOnlyCollection<string> resources) => new(path, resources);

    internal IValueTransformer For(ObjectPlace place) => new EncryptedValues(_keyPath, _resources, place);
}
