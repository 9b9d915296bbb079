using System.Security.Cryptography;
using System.Text;

namespace Proa.Store.Encryption;

/// <summary>
/// Values as the original keeps them: plain, or behind the prefix of the provider and key that wrote them. What the cluster's own
/// keys wrote is always read, so that a configuration can be begun with and left.
/// </summary>
internal sealed class EncryptedValues(StoreEncryption encryption, ObjectPlace place) : IValueTransformer
{
    private const int LongestPrefix = 300;

    public ReadOnlyMemory<byte> ToDisk(in ObjectKey key, ReadOnlyMemory<byte> json)
    {
        var writer = encryption.WriterOf(key.Resource);
        return writer.Cipher is null ? json : writer.Cipher.Encrypt(writer.Prefix, json.Span, Place(key));
    }

    public byte[] FromDisk(in ObjectKey key, ReadOnlySpan<byte> value)
    {
        string? problem = null;
        foreach (var provider in encryption.ReadersOf(key.Resource))
        {
            if (!provider.Wrote(value))
            {
                continue;
            }
            if (provider.Cipher is null)
            {
                return value.ToArray();
            }
            try
            {
                return provider.Cipher.Decrypt(value[provider.Prefix.Length..], Place(key));
            }
            catch (CryptographicException error)
            {
                // The same name may stand for several keys: a later one may fit.
                problem ??= error.Message;
            }
        }
        throw encryption.Unreadable(key, problem, KeyRing.Wrote(value), PrefixOf(value));
    }

    public bool IsStale(in ObjectKey key, ReadOnlySpan<byte> value)
    {
        var writer = encryption.WriterOf(key.Resource);
        return !writer.Wrote(value) || (writer.Cipher?.IsStale(value[writer.Prefix.Length..]) ?? false);
    }

    private byte[] Place(in ObjectKey key) => Encoding.UTF8.GetBytes(place(key));

    /// <summary>What stands before the encrypted bytes, for people: <c>k8s:enc:aescbc:v1:KEY:</c>.</summary>
    private static string? PrefixOf(ReadOnlySpan<byte> value)
    {
        if (!value.StartsWith(ValueProvider.Encrypted))
        {
            return null;
        }
        var (end, colons) = (0, 0);
        while (end < value.Length && end < LongestPrefix && colons < 5)
        {
            colons += value[end++] == ':' ? 1 : 0;
        }
        return Encoding.UTF8.GetString(value[..end]);
    }
}
