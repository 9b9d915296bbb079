using System.Security.Cryptography;

namespace Proa.Store.Encryption;

/// <summary>The file with the 32 bytes of the key; 0600.</summary>
internal static class EncryptionKey
{
    private const int Length = 32;

    /// <summary>Reads the key, or makes one.</summary>
    /// <exception cref="StoreOpenException"/>
    public static AesGcm Open(string path)
    {
        if (!File.Exists(path))
        {
            Create(path);
        }
        return OpenExisting(path);
    }

    public static AesGcm OpenExisting(string path)
    {
        byte[] key;
        try
        {
            key = File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StoreOpenException(
                path, $"cannot be read: {error.Message}", "Put back the key file that belongs to this data directory.", error);
        }
        if (key.Length != Length)
        {
            throw new StoreOpenException(
                path, $"is not a key of {Length} bytes", "Put back the key file that belongs to this data directory.");
        }
        return new AesGcm(key, AesGcm.TagByteSizes.MaxSize);
    }

    // Durable before the first value that only it can open.
    private static void Create(string path) => DurableFile.Write(path, RandomNumberGenerator.GetBytes(Length));
}
