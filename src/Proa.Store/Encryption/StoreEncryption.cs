using Proa.Store.Encryption.Configuration;

namespace Proa.Store.Encryption;

/// <summary>
/// Which resources are encrypted at rest, and by what. Made by whoever opens a store, embedded or etcd, and may be shared by
/// several. Thread-safe.
/// </summary>
public sealed class StoreEncryption
{
    private readonly KeyRing _ownKeys;
    private readonly HashSet<string>? _ownResources;
    private readonly string _source;
    private readonly Lock _holds = new();
    private volatile EncryptionConfiguration? _configuration;
    private TaskCompletionSource _replaced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _held;
    private TaskCompletionSource? _free;

    private StoreEncryption(KeyRing ownKeys, HashSet<string>? ownResources, string source, EncryptionConfiguration? configuration) =>
        (_ownKeys, _ownResources, _source, _configuration) = (ownKeys, ownResources, source, configuration);

    /// <summary>The resources that are encrypted when nothing else is asked for.</summary>
    public static IReadOnlyCollection<string> DefaultResources { get; } = ["secrets"];

    /// <summary>The cluster's own key writes; false: a configuration says what does.</summary>
    public bool UsesOwnKey => _ownResources is not null;

    /// <summary>Whether key management plug-ins are in use.</summary>
    public bool HasPlugins => _configuration is { Plugins.Count: > 0 };

    /// <summary>Why a plug-in cannot be used; null: all can.</summary>
    public string? Problem => _configuration?.Plugins.Select(plugin => plugin.Problem).FirstOrDefault(problem => problem is not null);

    /// <summary>A rotation of the own key was begun and not ended.</summary>
    public bool IsRotating => UsesOwnKey && _ownKeys.IsRotating;

    /// <summary>AES-256-GCM under the cluster's own key, which is made when a value first needs it.</summary>
    public static StoreEncryption FromKeyFile(string path, IReadOnlyCollection<string> resources) =>
        new(new KeyRing(path), new(resources, StringComparer.Ordinal), path, null);

    /// <summary>As a configuration says.</summary>
    /// <param name="file">Where it is from: for messages.</param>
    /// <param name="ownKeyPath">The cluster's own keys: what they wrote before is read.</param>
    public static StoreEncryption FromConfiguration(string file, EncryptionConfiguration configuration, string ownKeyPath) =>
        new(new KeyRing(ownKeyPath), null, file, configuration);

    internal IValueTransformer For(ObjectPlace place) => new EncryptedValues(this, place);

    /// <summary>The same resources under the own key: for a copy that must be read without the configuration's keys.</summary>
    internal StoreEncryption SelfContained() => UsesOwnKey ? this : new(_ownKeys, null, _source, null) { Copied = this };

    /// <summary>Reads by another configuration from now on, and writes by it. Only for one that was made from a configuration.</summary>
    public void Use(EncryptionConfiguration configuration)
    {
        _configuration = configuration;
        Interlocked.Exchange(ref _replaced, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
    }

    /// <summary>Follows the keys of key management plug-ins, if there are any, until cancelled.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = ct.Register(cancelled.SetResult);
        while (!ct.IsCancellationRequested)
        {
            var replaced = _replaced.Task;
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
            var following = Task.WhenAll((_configuration?.Plugins ?? []).Select(plugin => plugin.RunAsync(stop.Token)));
            await Task.WhenAny(replaced, cancelled.Task).ConfigureAwait(false);
            await stop.CancelAsync().ConfigureAwait(false);
            await following.ConfigureAwait(false);
        }
    }

    /// <summary>The same encryption by another configuration: to try it.</summary>
    internal StoreEncryption With(EncryptionConfiguration configuration) => new(_ownKeys, null, _source, configuration);

    internal ValueProvider WriterOf(string resource)
    {
        if (Copied is not null)
        {
            return Copied.WriterOf(resource).Cipher is null ? ValueProvider.Identity : _ownKeys.Writer;
        }
        if (_ownResources is not null)
        {
            return _ownResources.Contains(resource) ? _ownKeys.Writer : ValueProvider.Identity;
        }
        return _configuration!.Providers.For(resource)[0];
    }

    internal IEnumerable<ValueProvider> ReadersOf(string resource)
    {
        if (_configuration is { } configuration)
        {
            foreach (var provider in configuration.Providers.For(resource))
            {
                yield return provider;
            }
        }
        else
        {
            yield return ValueProvider.Identity;
        }
        foreach (var provider in _ownKeys.Readers)
        {
            yield return provider;
        }
    }

    internal StoreOpenException Unreadable(in ObjectKey key, string? problem, bool byOwnKey, string? prefix)
    {
        var name = key.Namespace.Length == 0 ? $"{key.Resource} {key.Name}" : $"{key.Resource} {key.Namespace}/{key.Name}";
        if (byOwnKey)
        {
            return !File.Exists(_ownKeys.Path)
                ? new(_ownKeys.Path, $"cannot be read: it is not there, and {name} is encrypted with it", "Put back the key file that belongs to this data directory.")
                : new(_ownKeys.Path, $"does not open {name}{(prefix is null ? "" : $", which is under {prefix}")}", "Put back the key file that belongs to this data directory.");
        }
        var what = problem ?? "no matching prefix found";
        return UsesOwnKey
            ? new(_source, $"does not open {name}, which is under {prefix}", "Start with the --encryption-provider-config that names this key.")
            : prefix is null
                ? new(_source, $"does not allow {name} as it is, which is not encrypted: {what}", "Add `identity: {}` as the last provider of its resource until all is encrypted by `proa secrets rotate`.")
                : new(_source, $"does not open {name}, which is under {prefix}: {what}", "Name the provider and key that wrote it in this file, too.");
    }

    /// <summary>The cluster's own keys, 32 bytes each: the first writes, all read. Made when there are none.</summary>
    /// <exception cref="StoreOpenException">They cannot be read or made.</exception>
    public byte[] ReadOwnKeys() => _ownKeys.Content;

    /// <summary>Reads and writes by other keys of its own from now on; they are durable when this returns.</summary>
    /// <exception cref="StoreOpenException">They cannot be written.</exception>
    public void ReplaceOwnKeys(byte[] keys) => _ownKeys.Replace(keys);

    internal void BeginRotation() => _ownKeys.Begin();

    /// <summary>Drops the old keys when nobody holds them.</summary>
    internal async Task EndRotationAsync(CancellationToken ct)
    {
        while (true)
        {
            Task free;
            lock (_holds)
            {
                if (_held == 0)
                {
                    _ownKeys.End();
                    return;
                }
                _free ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
                free = _free.Task;
            }
            await free.WaitAsync(ct).ConfigureAwait(false);
        }
    }

    /// <summary>Keeps every key in its file until disposed: a copy of the values needs a copy of the keys that fits.</summary>
    public IDisposable HoldKeys()
    {
        lock (_holds)
        {
            _held++;
        }
        return new Hold(this);
    }

    private StoreEncryption? Copied { get; init; }

    private void Release()
    {
        lock (_holds)
        {
            if (--_held == 0)
            {
                _free?.SetResult();
                _free = null;
            }
        }
    }

    private sealed class Hold(StoreEncryption encryption) : IDisposable
    {
        private StoreEncryption? _held = encryption;

        public void Dispose() => Interlocked.Exchange(ref _held, null)?.Release();
    }
}
