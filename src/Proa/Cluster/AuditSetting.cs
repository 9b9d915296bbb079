using Proa.ApiServer.Audit;
using Proa.Client.Http;

namespace Proa.Cluster;

/// <summary>The audit log that the settings ask for.</summary>
internal static class AuditSetting
{
    /// <returns>Null: none.</returns>
    /// <exception cref="UserException">The policy is broken, or the log cannot be written.</exception>
    public static AuditLog? Of(ApiSettings settings, TimeProvider time)
    {
        if (settings.AuditPolicyFile is not { } file)
        {
            return settings.AuditLogPath is null && settings.AuditWebhookConfigFile is null
                ? null
                : throw new UserException("--audit-log-path and --audit-webhook-config-file need --audit-policy-file: without a policy nothing is recorded", "give a policy, or leave the path out");
        }
        var policy = SettingFile.Parse("--audit-policy-file", file, AuditPolicy.Read);
        if (settings.AuditLogPath is null && settings.AuditWebhookConfigFile is null)
        {
            return null;
        }
        var webhook = settings.AuditWebhookConfigFile is { } config
            ? SettingFile.Parse("--audit-webhook-config-file", config, _ => KubeConfig.Load(config))
            : null;
        var path = settings.AuditLogPath;
        try
        {
            return new AuditLog(
                policy,
                path is null ? null : new(path, settings.AuditLogMaxSize * 1024L * 1024, settings.AuditLogMaxBackup, TimeSpan.FromDays(settings.AuditLogMaxAge)),
                time, webhook);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"--audit-log-path: {path}: {e.Message}", "choose a file that can be written");
        }
    }
}
