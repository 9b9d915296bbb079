using System.Security.Cryptography;
using System.Text;
using Proa.Cluster;

namespace Proa.Sharing;

/// <summary>
/// The 32 random bytes that open what the servers of one cluster share. The file holds them in hexadecimal, so that it can be
/// copied and pasted; mode 0600.
/// </summary>
internal sealed class ClusterKey(byte[] bytes)
{
    private const int Length = 32;

    // Binds what is sealed to its purpose and form: a bundle of another form cannot be passed off as this one.
    private static readonly byte[] s_purpose = "proa-bootstrap:v1"u8.ToArray();

    public static ClusterKey Create() => new(RandomNumberGenerator.GetBytes(Length));

    /// <returns>Null: there is no such file.</returns>
    /// <exception cref="UserException">The file is not a key, or cannot be read.</exception>
    public static ClusterKey? Read(string path)
    {
        try
        {
            var content = File.ReadAllBytes(path);
            return content.Length == Length ? new(content) : new(Convert.FromHexString(Encoding.ASCII.GetString(content).Trim()) is { Length: Length } decoded ? decoded : throw new FormatException());
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (FormatException)
        {
            throw new UserException($"{path} is not a cluster key: it must hold {Length} bytes in hexadecimal", "copy pki/cluster-key from the data directory of a server of the cluster");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{path} cannot be read: {e.Message}", "see to its permissions, or run proa as root (sudo)");
        }
    }

    public void Write(string path) => SafeFile.Write(path, Encoding.ASCII.GetBytes(Convert.ToHexStringLower(bytes) + "\n"));

    /// <summary>Purpose, nonce, tag, ciphertext (AES-256-GCM).</summary>
    public byte[] Seal(ReadOnlySpan<byte> plain)
    {
        var (nonceSize, tagSize) = (AesGcm.NonceByteSizes.MaxSize, AesGcm.TagByteSizes.MaxSize);
        var whole = new byte[s_purpose.Length + nonceSize + tagSize + plain.Length];
        s_purpose.CopyTo(whole, 0);
        var nonce = whole.AsSpan(s_purpose.Length, nonceSize);
        RandomNumberGenerator.Fill(nonce);
        using var cipher = new AesGcm(bytes, tagSize);
        cipher.Encrypt(nonce, plain, whole.AsSpan(s_purpose.Length + nonceSize + tagSize), whole.AsSpan(s_purpose.Length + nonceSize, tagSize), s_purpose);
        return whole;
    }

    /// <returns>Null: it was sealed by another key, altered, or of another form.</returns>
    public byte[]? Open(ReadOnlySpan<byte> whole)
    {
        var (nonceSize, tagSize) = (AesGcm.NonceByteSizes.MaxSize, AesGcm.TagByteSizes.MaxSize);
        var head = s_purpose.Length + nonceSize + tagSize;
        if (whole.Length < head || !whole.StartsWith(s_purpose))
        {
            return null;
        }
        var plain = new byte[whole.Length - head];
        using var cipher = new AesGcm(bytes, tagSize);
        try
        {
            cipher.Decrypt(whole.Slice(s_purpose.Length, nonceSize), whole[head..], whole.Slice(s_purpose.Length + nonceSize, tagSize), plain, s_purpose);
            return plain;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }
}
