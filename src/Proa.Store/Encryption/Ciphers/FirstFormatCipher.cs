using System.Security.Cryptography;

namespace Proa.Store.Encryption.Ciphers;

/// <summary>Reads what was written before values had the original's prefixes: a byte 1, nonce, tag, AES-GCM ciphertext.</summary>
internal sealed class FirstFormatCipher(byte[] key) : IValueCipher
{
    private const int NonceLength = 12;
    private const int TagLength = 16;

    public static byte[] Prefix { get; } = [1];

    public byte[] Encrypt(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> plain, ReadOnlySpan<byte> place) => throw new NotSupportedException();

    public byte[] Decrypt(ReadOnlySpan<byte> data, ReadOnlySpan<byte> place)
    {
        if (data.Length < NonceLength + TagLength)
        {
            throw new CryptographicException("the stored data was shorter than the required size");
        }
        var plain = new byte[data.Length - NonceLength - TagLength];
        using var aes = new AesGcm(key, TagLength);
        aes.Decrypt(data[..NonceLength], data[(NonceLength + TagLength)..], data.Slice(NonceLength, TagLength), plain, place);
        return plain;
    }
}
