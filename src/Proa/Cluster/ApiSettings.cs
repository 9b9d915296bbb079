namespace Proa.Cluster;

/// <summary>How this start of the API server authenticates, records and limits requests; not stored with the cluster.</summary>
internal sealed record ApiSettings
{
    public string? OidcIssuerUrl { get; init; }

    public string? OidcClientId { get; init; }

    public string? OidcUsernameClaim { get; init; }

    public string? OidcUsernamePrefix { get; init; }

    public string? OidcGroupsClaim { get; init; }

    public string? OidcGroupsPrefix { get; init; }

    public IReadOnlyList<string> OidcRequiredClaims { get; init; } = [];

    public string? OidcCaFile { get; init; }

    public IReadOnlyList<string> OidcSigningAlgs { get; init; } = [];

    public string? AuthenticationConfig { get; init; }

    public string? AuthorizationConfig { get; init; }

    /// <summary>Modes, or several with commas; empty: Node and RBAC.</summary>
    public IReadOnlyList<string> AuthorizationModes { get; init; } = [];

    public string? AuthorizationPolicyFile { get; init; }

    public string? TokenAuthFile { get; init; }

    public string? TokenWebhookConfigFile { get; init; }

    public string TokenWebhookVersion { get; init; } = "v1beta1";

    public int TokenWebhookCacheSeconds { get; init; } = 120;

    public string? EncryptionProviderConfig { get; init; }

    /// <summary>Whether a change of <see cref="EncryptionProviderConfig"/> is taken over while it runs.</summary>
    public bool EncryptionReload { get; init; }

    public string? AuditPolicyFile { get; init; }

    public string? AuditLogPath { get; init; }

    public string? AuditWebhookConfigFile { get; init; }

    /// <summary>Megabytes.</summary>
    public int AuditLogMaxSize { get; init; } = 100;

    /// <summary>Files; 0: all are kept.</summary>
    public int AuditLogMaxBackup { get; init; }

    /// <summary>Days; 0: they are kept.</summary>
    public int AuditLogMaxAge { get; init; }

    /// <summary>Names, or several with commas.</summary>
    public IReadOnlyList<string> EnableAdmissionPlugins { get; init; } = [];

    public IReadOnlyList<string> DisableAdmissionPlugins { get; init; } = [];

    public string? AdmissionControlConfigFile { get; init; }

    public int DefaultNotReadyTolerationSeconds { get; init; } = 300;

    public int DefaultUnreachableTolerationSeconds { get; init; } = 300;

    public int MaxRequestsInFlight { get; init; } = 400;

    public int MaxMutatingRequestsInFlight { get; init; } = 200;

    public int RequestTimeoutSeconds { get; init; } = 60;
}
