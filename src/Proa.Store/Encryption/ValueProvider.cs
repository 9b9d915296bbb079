using System.Text;

namespace Proa.Store.Encryption;

/// <summary>What one key of a configuration reads and writes: values that begin with its prefix, <c>k8s:enc:aescbc:v1:KEY:</c>.</summary>
/// <param name="Cipher">Null: the values are plain (<c>identity</c>), and the prefix is empty.</param>
internal sealed record ValueProvider(byte[] Prefix, IValueCipher? Cipher)
{
    public static readonly ValueProvider Identity = new([], null);

    /// <summary>What every encrypted value begins with, whoever wrote it.</summary>
    public static ReadOnlySpan<byte> Encrypted => "k8s:enc:"u8;

    public static ValueProvider Of(string prefix, IValueCipher cipher) => new(Encoding.UTF8.GetBytes(prefix), cipher);

    public bool Wrote(ReadOnlySpan<byte> value) =>
        Cipher is null ? !value.StartsWith(Encrypted) && !value.StartsWith(Ciphers.FirstFormatCipher.Prefix) : value.StartsWith(Prefix);
}
