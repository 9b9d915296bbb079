using System.Security.Cryptography;
using System.Text;

namespace Proa.Store.Encryption;

/// <summary>
/// Encrypts the objects of chosen resources with AES-256-GCM; all others stay plain. A value tells by its first byte what it
/// is (<c>{</c>: plain JSON), so the choice can change: an object follows it when it is written next. The object's place is
/// authenticated with it, so that one value cannot be put in another's stead.
/// </summary>
internal sealed class EncryptedValues(string keyPath, IReadOnlyCollection<string> resources, ObjectPlace place) : IValueTransformer
{
    // Layout: format, nonce, tag, ciphertext.
    private const byte Format = 1;
    private const int NonceLength = 12;
    private const int TagLength = 16;
    private const int HeaderLength = 1 + NonceLength + TagLength;

    private readonly Lock _gate = new();
    private readonly HashSet<string> _resources = new(resources, StringComparer.Ordinal);

    // Made at the first use: most starts of a small cluster should not wait for the crypto library.
    private AesGcm? _cipher;

    public ReadOnlyMemory<byte> ToDisk(in ObjectKey key, ReadOnlyMemory<byte> json)
    {
        if (!_resources.Contains(key.Resource))
        {
            return json;
        }
        var value = new byte[HeaderLength + json.Length];
        value[0] = Format;
        RandomNumberGenerator.Fill(value.AsSpan(1, NonceLength));
        lock (_gate)
        {
            _cipher ??= EncryptionKey.Open(keyPath);
            _cipher.Encrypt(
                value.AsSpan(1, NonceLength), json.Span, value.AsSpan(HeaderLength), value.AsSpan(1 + NonceLength, TagLength), Place(key));
        }
        return value;
    }

    public byte[] FromDisk(in ObjectKey key, ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty || value[0] != Format)
        {
            return value.ToArray();
        }
        if (value.Length < HeaderLength)
        {
            throw Unreadable(key, null);
        }
        var json = new byte[value.Length - HeaderLength];
        try
        {
            lock (_gate)
            {
                _cipher ??= EncryptionKey.OpenExisting(keyPath);
                _cipher.Decrypt(value.Slice(1, NonceLength), value[HeaderLength..], value.Slice(1 + NonceLength, TagLength), json, Place(key));
            }
        }
        catch (CryptographicException error)
        {
            throw Unreadable(key, error);
        }
        return json;
    }

    public bool IsStale(in ObjectKey key, ReadOnlySpan<byte> value) =>
        _resources.Contains(key.Resource) != (!value.IsEmpty && value[0] == Format);

    private byte[] Place(in ObjectKey key) => Encoding.UTF8.GetBytes(place(key));

    private StoreOpenException Unreadable(in ObjectKey key, Exception? inner) => new(
        keyPath,
        $"does not open {key.Resource} {key.Namespace}/{key.Name}",
        "Put back the key file that belongs to this data directory.",
        inner);
}
