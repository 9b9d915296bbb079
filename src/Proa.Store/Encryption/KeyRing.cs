using System.Security.Cryptography;
using Proa.Store.Encryption.Ciphers;

namespace Proa.Store.Encryption;

/// <summary>
/// The file with the cluster's own keys, 32 bytes each: the first writes, the others are those that a rotation is about to drop.
/// A key's name follows from it. Thread-safe.
/// </summary>
internal sealed class KeyRing(string path)
{
    private const int KeyLength = 32;

    private readonly Lock _gate = new();
    private IReadOnlyList<ValueProvider>? _providers;
    private byte[] _keys = [];

    public string Path { get; } = path;

    /// <summary>What an own key's values begin with, and what those of the first format do.</summary>
    public static bool Wrote(ReadOnlySpan<byte> value) => value.StartsWith("k8s:enc:aesgcm:v1:proa-"u8) || value.StartsWith(FirstFormatCipher.Prefix);

    /// <summary>The keys that there are; none when there is no file.</summary>
    /// <exception cref="StoreOpenException">The file cannot be used.</exception>
    public IReadOnlyList<ValueProvider> Readers
    {
        get
        {
            lock (_gate)
            {
                return _providers ??= File.Exists(Path) ? Load() : [];
            }
        }
    }

    /// <summary>The key that writes; made when there is none.</summary>
    /// <exception cref="StoreOpenException">It cannot be used or made.</exception>
    public ValueProvider Writer
    {
        get
        {
            lock (_gate)
            {
                if (_providers is not { Count: > 0 })
                {
                    _providers = File.Exists(Path) ? Load() : Write(RandomNumberGenerator.GetBytes(KeyLength));
                }
                return _providers[0];
            }
        }
    }

    /// <summary>A rotation was begun: there are keys to drop.</summary>
    public bool IsRotating
    {
        get
        {
            lock (_gate)
            {
                return (_providers is null ? new FileInfo(Path) is { Exists: true } file ? file.Length : 0 : _keys.Length) > KeyLength;
            }
        }
    }

    /// <summary>All keys, one after the other; made when there are none.</summary>
    /// <exception cref="StoreOpenException">They cannot be used or made.</exception>
    public byte[] Content
    {
        get
        {
            lock (_gate)
            {
                _ = Writer;
                return [.. _keys];
            }
        }
    }

    /// <summary>Uses other keys from now on; they are durable before they are used.</summary>
    public void Replace(byte[] keys)
    {
        lock (_gate)
        {
            _providers = keys.Length > 0 && keys.Length % KeyLength == 0 ? Write(keys) : throw new ArgumentException($"Not keys of {KeyLength} bytes.", nameof(keys));
        }
    }

    /// <summary>Makes a new key that writes from now on; it is durable before it is used.</summary>
    public void Begin()
    {
        lock (_gate)
        {
            _ = Writer;
            _providers = Write([.. RandomNumberGenerator.GetBytes(KeyLength), .. _keys]);
        }
    }

    /// <summary>Drops all keys but the one that writes. What they wrote must have been written anew.</summary>
    public void End()
    {
        lock (_gate)
        {
            _ = Writer;
            _providers = Write(_keys[..KeyLength]);
        }
    }

    private IReadOnlyList<ValueProvider> Load()
    {
        try
        {
            _keys = File.ReadAllBytes(Path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unusable($"cannot be read: {error.Message}", error);
        }
        if (_keys.Length == 0 || _keys.Length % KeyLength != 0)
        {
            throw Unusable($"does not hold keys of {KeyLength} bytes", null);
        }
        return Providers();
    }

    private IReadOnlyList<ValueProvider> Write(byte[] keys)
    {
        try
        {
            DurableFile.Write(Path, keys);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StoreOpenException(Path, $"cannot be written: {error.Message}", "See to the disk's free space.", error);
        }
        _keys = keys;
        return Providers();
    }

    private List<ValueProvider> Providers()
    {
        List<ValueProvider> providers = [];
        List<ValueProvider> first = [];
        for (var at = 0; at < _keys.Length; at += KeyLength)
        {
            var key = _keys[at..(at + KeyLength)];
            var name = $"proa-{Convert.ToHexStringLower(SHA256.HashData([.. "proa key "u8, .. key])[..4])}";
            providers.Add(ValueProvider.Of($"k8s:enc:aesgcm:v1:{name}:", new AesGcmCipher(key)));
            first.Add(new ValueProvider(FirstFormatCipher.Prefix, new FirstFormatCipher(key)));
        }
        return [.. providers, .. first];
    }

    private StoreOpenException Unusable(string problem, Exception? inner) =>
        new(Path, problem, "Put back the key file that belongs to this data directory.", inner);
}
