using Microsoft.Extensions.Logging;
using Proa.Cluster;
using Proa.Store;
using Proa.Store.Encryption;
using Proa.Store.Encryption.Configuration;

namespace Proa.Secrets;

/// <summary>The encryption at rest that <c>--encryption-provider-config</c> asks for; without it Secrets are under the cluster's own key.</summary>
internal static partial class EncryptionSetting
{
    public const string Option = "--encryption-provider-config";

    /// <returns>And the file's text.</returns>
    /// <exception cref="UserException">The file cannot be read, or is not what it should be.</exception>
    public static (StoreEncryption Encryption, string Text) Of(string? file, ClusterPaths paths, TimeProvider time)
    {
        if (file is null)
        {
            return (StoreEncryption.FromKeyFile(paths.EncryptionKey, StoreEncryption.DefaultResources), "");
        }
        var text = SettingFile.Parse(Option, file, static text => text);
        var configuration = SettingFile.Parse(Option, file, _ => EncryptionConfiguration.Read(text, time));
        return (StoreEncryption.FromConfiguration(Path.GetFullPath(file), configuration, paths.EncryptionKey), text);
    }

    /// <summary>Takes a changed file over, when it reads what is there.</summary>
    /// <exception cref="FormatException">It is broken, or does not: what was before goes on.</exception>
    public static void Replace(StoreParts store, string text, TimeProvider time, CancellationToken ct)
    {
        var configuration = EncryptionConfiguration.Read(text, time);
        try
        {
            store.ReconfigureAsync(configuration, ct).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is StoreOpenException or ObjectDisposedException)
        {
            throw new FormatException(e.Message, e);
        }
    }

    /// <summary>Ends a rotation that a kill broke off.</summary>
    public static async Task ResumeAsync(ObjectStore? store, ILogger logger, CancellationToken ct)
    {
        try
        {
            await (store?.ResumeRotationAsync(ct) ?? Task.CompletedTask);
        }
        catch (Exception e) when (e is IOException or StoreOpenException)
        {
            LogNotResumed(logger, e.Message);
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // The next start goes on.
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The rotation of the encryption key that was broken off could not be ended; the next start tries again: {Reason}")]
    private static partial void LogNotResumed(ILogger logger, string reason);
}
