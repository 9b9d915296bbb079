using System.Security.Cryptography;

namespace Proa.Store.Encryption.Ciphers;

/// <summary>AES-GCM as the original's <c>aesgcm</c> has it: random nonce, ciphertext, tag. One key is good for 2^32 writes.</summary>
internal sealed class AesGcmCipher(byte[] key) : IValueCipher
{
    private const int NonceLength = 12;
    private const int TagLength = 16;

    private readonly Lock _gate = new();
    private readonly AesGcm _aes = new(key, TagLength);

    public byte[] Encrypt(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> plain, ReadOnlySpan<byte> place)
    {
        var value = new byte[prefix.Length + NonceLength + plain.Length + TagLength];
        prefix.CopyTo(value);
        var rest = value.AsSpan(prefix.Length);
        RandomNumberGenerator.Fill(rest[..NonceLength]);
        lock (_gate)
        {
            _aes.Encrypt(rest[..NonceLength], plain, rest.Slice(NonceLength, plain.Length), rest[^TagLength..], place);
        }
        return value;
    }

    public byte[] Decrypt(ReadOnlySpan<byte> data, ReadOnlySpan<byte> place)
    {
        if (data.Length < NonceLength + TagLength)
        {
            throw new CryptographicException("the stored data was shorter than the required size");
        }
        var plain = new byte[data.Length - NonceLength - TagLength];
        lock (_gate)
        {
            _aes.Decrypt(data[..NonceLength], data[NonceLength..^TagLength], data[^TagLength..], plain, place);
        }
        return plain;
    }
}
