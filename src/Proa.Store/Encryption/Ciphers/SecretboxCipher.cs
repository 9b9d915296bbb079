using System.Security.Cryptography;

namespace Proa.Store.Encryption.Ciphers;

/// <summary>XSalsa20 and Poly1305 as the original's <c>secretbox</c> has it (NaCl's): random nonce, tag, ciphertext.</summary>
internal sealed class SecretboxCipher(byte[] key) : IValueCipher
{
    private const int NonceLength = 24;
    private const int KeyLength = 32;

    public byte[] Encrypt(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> plain, ReadOnlySpan<byte> place)
    {
        Span<byte> nonce = stackalloc byte[NonceLength];
        RandomNumberGenerator.Fill(nonce);
        return EncryptWith(nonce, prefix, plain);
    }

    public byte[] Decrypt(ReadOnlySpan<byte> data, ReadOnlySpan<byte> place)
    {
        if (data.Length < NonceLength + Poly1305.TagLength)
        {
            throw new CryptographicException("the stored data was shorter than the required size");
        }
        Span<byte> streamKey = stackalloc byte[KeyLength];
        Span<byte> first = stackalloc byte[Salsa20.BlockLength];
        Span<byte> tag = stackalloc byte[Poly1305.TagLength];
        var hidden = data[(NonceLength + Poly1305.TagLength)..];
        Begin(data[..NonceLength], streamKey, first);
        Poly1305.Tag(first[..KeyLength], hidden, tag);
        if (!CryptographicOperations.FixedTimeEquals(tag, data.Slice(NonceLength, Poly1305.TagLength)))
        {
            throw new CryptographicException("the stored data is not what the key wrote");
        }
        var plain = new byte[hidden.Length];
        Mix(hidden, plain, streamKey, data[16..NonceLength], first);
        return plain;
    }

    internal byte[] EncryptWith(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> plain)
    {
        Span<byte> streamKey = stackalloc byte[KeyLength];
        Span<byte> first = stackalloc byte[Salsa20.BlockLength];
        Begin(nonce, streamKey, first);
        var value = new byte[prefix.Length + NonceLength + Poly1305.TagLength + plain.Length];
        prefix.CopyTo(value);
        var rest = value.AsSpan(prefix.Length);
        nonce.CopyTo(rest);
        var hidden = rest[(NonceLength + Poly1305.TagLength)..];
        Mix(plain, hidden, streamKey, nonce[16..], first);
        Poly1305.Tag(first[..KeyLength], hidden, rest[NonceLength..]);
        return value;
    }

    /// <summary>The stream's first block: 32 bytes are the authenticator's key, the rest is for the message.</summary>
    private void Begin(ReadOnlySpan<byte> nonce, Span<byte> streamKey, Span<byte> first)
    {
        Salsa20.DeriveKey(key, nonce[..16], streamKey);
        Salsa20.Block(streamKey, nonce[16..], 0, first);
    }

    private static void Mix(ReadOnlySpan<byte> source, Span<byte> target, ReadOnlySpan<byte> streamKey, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> first)
    {
        Span<byte> block = stackalloc byte[Salsa20.BlockLength];
        first.CopyTo(block);
        var (used, counter) = (KeyLength, 0UL);
        for (var i = 0; i < source.Length; i++)
        {
            if (used == Salsa20.BlockLength)
            {
                Salsa20.Block(streamKey, nonce, ++counter, block);
                used = 0;
            }
            target[i] = (byte)(source[i] ^ block[used++]);
        }
    }
}
