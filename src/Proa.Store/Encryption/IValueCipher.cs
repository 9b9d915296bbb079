using System.Security.Cryptography;

namespace Proa.Store.Encryption;

/// <summary>One key of one provider. Thread-safe.</summary>
internal interface IValueCipher
{
    /// <param name="prefix">Goes before what is encrypted.</param>
    /// <param name="place">Authenticated with it, where the cipher can.</param>
    byte[] Encrypt(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> plain, ReadOnlySpan<byte> place);

    /// <param name="data">What came after the prefix.</param>
    /// <exception cref="CryptographicException">It is not what this key wrote for this place.</exception>
    byte[] Decrypt(ReadOnlySpan<byte> data, ReadOnlySpan<byte> place);

    /// <summary>Whether it would be written otherwise now, though by this provider.</summary>
    bool IsStale(ReadOnlySpan<byte> data) => false;
}
