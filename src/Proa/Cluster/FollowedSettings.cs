using Microsoft.Extensions.Logging;
using Proa.ApiServer.Configuration;
using Proa.ApiServer.Metrics;
using Proa.ApiServer.Security.Authentication.OpenId;
using Proa.ApiServer.Security.Authorization;
using Proa.Secrets;
using Proa.Store.Encryption;

namespace Proa.Cluster;

/// <summary>The configuration files that are taken over when they change, as they are at the start.</summary>
internal sealed class FollowedSettings
{
    private readonly ApiSettings _settings;
    private readonly TimeProvider _time;
    private readonly string _authentication = "";
    private readonly string _authorization = "";
    private readonly string _encryption = "";

    /// <exception cref="UserException">A file is missing or broken, or options contradict each other.</exception>
    public FollowedSettings(ApiSettings settings, ClusterPaths paths, TimeProvider time)
    {
        (_settings, _time) = (settings, time);
        (Encryption, _encryption) = EncryptionSetting.Of(settings.EncryptionProviderConfig, paths, time);
        if (settings.AuthenticationConfig is { } authentication)
        {
            if (settings.OidcIssuerUrl is not null)
            {
                throw new UserException("--authentication-config and --oidc-issuer-url exclude each other", "leave one of them out");
            }
            _authentication = SettingFile.Parse("--authentication-config", authentication, static text => text);
            Issuers = new(SettingFile.Parse("--authentication-config", authentication, _ => AuthenticationFile.Read(_authentication)), time);
        }
        if (settings.AuthorizationModes.Count > 0 || settings.AuthorizationPolicyFile is not null)
        {
            Authorizers = Modes(settings);
        }
        if (settings.AuthorizationConfig is { } authorization)
        {
            if (Authorizers is not null)
            {
                throw new UserException("--authorization-config and --authorization-mode exclude each other", "leave one of them out");
            }
            _authorization = SettingFile.Parse("--authorization-config", authorization, static text => text);
            Authorizers = SettingFile.Parse("--authorization-config", authorization, _ => AuthorizationFile.Read(_authorization));
        }
    }

    private static IReadOnlyList<AuthorizerSettings> Modes(ApiSettings settings)
    {
        var policies = settings.AuthorizationPolicyFile is { } file ? SettingFile.Parse("--authorization-policy-file", file, AbacPolicies.Read) : null;
        try
        {
            return AuthorizationModes.Read(settings.AuthorizationModes, policies);
        }
        catch (FormatException e)
        {
            throw new UserException($"--authorization-mode: {e.Message}", "such as --authorization-mode=Node,RBAC");
        }
    }

    /// <summary>What the store is encrypted by.</summary>
    public StoreEncryption Encryption { get; }

    /// <summary>Null: no file names any.</summary>
    public ReloadedIssuers? Issuers { get; }

    /// <summary>Null: those by default.</summary>
    public IReadOnlyList<AuthorizerSettings>? Authorizers { get; }

    /// <summary>Follows the files until cancelled.</summary>
    /// <param name="server">Names the server in metrics, as a hash.</param>
    public Task RunAsync(StoreParts store, ClusterAuthorizer authorizer, RequestMetrics metrics, string server, ILogger logger, CancellationToken ct)
    {
        var (authentication, authorization) = (new ReloadMetrics("authentication", server, _time), new ReloadMetrics("authorization", server, _time));
        var encryption = new ReloadMetrics("encryption", server, _time);
        metrics.Reloads = [authentication, authorization, encryption];
        return Task.WhenAll(
            Encryption.RunAsync(ct),
            EncryptionSetting.ResumeAsync(store.Embedded, logger, ct),
            _settings is { EncryptionProviderConfig: { } providers, EncryptionReload: true }
                ? new FollowedFile(providers, _encryption, text => EncryptionSetting.Replace(store, text, _time, ct), encryption, logger).RunAsync(ct)
                : Task.CompletedTask,
            _settings.AuthenticationConfig is { } issuers
                ? new FollowedFile(issuers, _authentication, text => Issuers!.Replace(AuthenticationFile.Read(text)), authentication, logger).RunAsync(ct)
                : Task.CompletedTask,
            _settings.AuthorizationConfig is { } authorizers
                ? new FollowedFile(authorizers, _authorization, text => authorizer.Replace(AuthorizationFile.Read(text), _time), authorization, logger).RunAsync(ct)
                : Task.CompletedTask);
    }
}
