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

    private static void Create(string path)
    {
        const UnixFileMode ownerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!, ownerOnly | UnixFileMode.UserExecute);
        var draft = path + ".new";
        File.Delete(draft);
        using (var file = new FileStream(draft, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = ownerOnly,
        }))
        {
            file.Write(RandomNumberGenerator.GetBytes(Length));
            // Before the first value that only it can open.
            file.Flush(flushToDisk: true);
        }
        File.Move(draft, path);
    }
}
