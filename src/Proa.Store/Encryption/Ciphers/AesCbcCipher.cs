using System.Security.Cryptography;

namespace Proa.Store.Encryption.Ciphers;

/// <summary>AES-CBC as the original's <c>aescbc</c> has it: random IV, padded ciphertext. It authenticates nothing.</summary>
internal sealed class AesCbcCipher : IValueCipher
{
    private const int BlockLength = 16;

    private readonly Lock _gate = new();
    private readonly Aes _aes = Aes.Create();

    public AesCbcCipher(byte[] key) => _aes.Key = key;

    public byte[] Encrypt(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> plain, ReadOnlySpan<byte> place)
    {
        var value = new byte[prefix.Length + BlockLength + _aes.GetCiphertextLengthCbc(plain.Length)];
        prefix.CopyTo(value);
        var rest = value.AsSpan(prefix.Length);
        RandomNumberGenerator.Fill(rest[..BlockLength]);
        lock (_gate)
        {
            _aes.EncryptCbc(plain, rest[..BlockLength], rest[BlockLength..]);
        }
        return value;
    }

    public byte[] Decrypt(ReadOnlySpan<byte> data, ReadOnlySpan<byte> place)
    {
        if (data.Length < BlockLength)
        {
            throw new CryptographicException("the stored data was shorter than the required size");
        }
        if (data.Length % BlockLength != 0)
        {
            throw new CryptographicException("the stored data is not a multiple of the block size");
        }
        lock (_gate)
        {
            return _aes.DecryptCbc(data[BlockLength..], data[..BlockLength]);
        }
    }
}
