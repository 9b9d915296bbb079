using Proa.ApiServer.Audit;

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
            return settings.AuditLogPath is null
                ? null
                : throw new UserException("--audit-log-path needs --audit-policy-file: without a policy nothing is recorded", "give a policy, or leave the path out");
        }
        var policy = SettingFile.Parse("--audit-policy-file", file, AuditPolicy.Read);
        if (settings.AuditLogPath is not { } path)
        {
            return null;
        }
        try
        {
            return new AuditLog(
                policy, new(path, settings.AuditLogMaxSize * 1024L * 1024, settings.AuditLogMaxBackup, TimeSpan.FromDays(settings.AuditLogMaxAge)), time);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"--audit-log-path: {path}: {e.Message}", "choose a file that can be written");
        }
    }
}
