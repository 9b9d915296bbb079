using System.CommandLine;
using Proa.ApiServer.Admission;
using Proa.Cluster;

namespace Proa.Commands;

/// <summary>The options of <c>proa up</c> that the original's API server has too, by the same names.</summary>
internal sealed class ApiFlags
{
    private readonly Option<string?> _oidcIssuer = Text("--oidc-issuer-url", "OpenID Connect issuer whose ID tokens are accepted (https)", "URL");
    private readonly Option<string?> _oidcClient = Text("--oidc-client-id", "The client id that ID tokens must be meant for", "ID");
    private readonly Option<string?> _oidcUsername = Text("--oidc-username-claim", "The claim with the user's name (default sub)", "CLAIM");
    private readonly Option<string?> _oidcUsernamePrefix = Text("--oidc-username-prefix", "What goes before the user's name (default ISSUER#, none for email; '-': none)", "TEXT");
    private readonly Option<string?> _oidcGroups = Text("--oidc-groups-claim", "The claim with the user's groups", "CLAIM");
    private readonly Option<string?> _oidcGroupsPrefix = Text("--oidc-groups-prefix", "What goes before each group's name", "TEXT");
    private readonly Option<string[]> _oidcRequired = Texts("--oidc-required-claim", "A claim that ID tokens must have, as claim=value; may be given again", "CLAIM=VALUE");
    private readonly Option<string?> _oidcCa = Text("--oidc-ca-file", "PEM of the authority that the issuer's server is checked by (default: the machine's)", "FILE");
    private readonly Option<string[]> _oidcAlgorithms = Texts("--oidc-signing-algs", "Algorithms by which ID tokens may be signed (default RS256)", "ALG");
    private readonly Option<string?> _authentication = Text("--authentication-config", "An AuthenticationConfiguration with the accepted JWT issuers; instead of --oidc-*. Taken over when it changes", "FILE");
    private readonly Option<string?> _authorization = Text("--authorization-config", "An AuthorizationConfiguration: which authorizers are asked, in which order (default Node, RBAC). Taken over when it changes", "FILE");
    private readonly Option<string?> _tokens = Text("--token-auth-file", "CSV of static tokens: token,user,uid,\"group1,group2\"", "FILE");
    private readonly Option<string[]> _modes = Texts("--authorization-mode", "Which authorizers are asked, in which order: AlwaysAllow, AlwaysDeny, ABAC, Node, RBAC (default Node,RBAC); instead of --authorization-config", "MODES");
    private readonly Option<string?> _policies = Text("--authorization-policy-file", "The policies of --authorization-mode=ABAC, a JSON object a line", "FILE");
    private readonly Option<string?> _tokenWebhook = Text("--authentication-token-webhook-config-file", "A kubeconfig that names the server that is asked whose a bearer token is", "FILE");
    private readonly Option<string?> _tokenWebhookVersion = Text("--authentication-token-webhook-version", "The version of TokenReviews that it is sent: v1 or v1beta1 (default v1beta1)", "VERSION");
    private readonly Option<int> _tokenWebhookCache = Number("--authentication-token-webhook-cache-ttl", "Seconds for which its answers are remembered", 120);
    private readonly Option<string?> _encryption = Text("--encryption-provider-config", "An EncryptionConfiguration: what is encrypted at rest, and by what (default: Secrets, by the cluster's own key)", "FILE");
    private readonly Option<bool> _encryptionReload = new("--encryption-provider-config-automatic-reload") { Description = "Take that file over when it changes" };
    private readonly Option<string?> _auditPolicy = Text("--audit-policy-file", "An audit.k8s.io Policy: what is recorded of which requests", "FILE");
    private readonly Option<string?> _auditLog = Text("--audit-log-path", "Where requests are recorded, one JSON object a line; '-' for standard output", "FILE");
    private readonly Option<string?> _auditWebhook = Text("--audit-webhook-config-file", "A kubeconfig that names the server that is sent what is recorded, many requests at a time", "FILE");
    private readonly Option<int> _auditSize = Number("--audit-log-maxsize", "Megabytes after which the audit log goes on in a new file", 100);
    private readonly Option<int> _auditBackups = Number("--audit-log-maxbackup", "How many old audit logs are kept (0: all)", 0);
    private readonly Option<int> _auditAge = Number("--audit-log-maxage", "Days for which old audit logs are kept (0: always)", 0);
    private readonly Option<string[]> _enable = Texts("--enable-admission-plugins", $"Admission plugins to run beside those on by default: {string.Join(", ", AdmissionPlugins.OffByDefault)}", "NAMES");
    private readonly Option<string[]> _disable = Texts("--disable-admission-plugins", $"Admission plugins not to run; on by default: {string.Join(", ", AdmissionPlugins.OnByDefault)}", "NAMES");
    private readonly Option<string?> _admission = Text("--admission-control-config-file", "An AdmissionConfiguration for PodSecurity, ResourceQuota, PodNodeSelector, PodTolerationRestriction and EventRateLimit", "FILE");
    private readonly Option<int> _notReady = Number("--default-not-ready-toleration-seconds", "For how long pods stay on a node that is not ready, unless they say otherwise", 300);
    private readonly Option<int> _unreachable = Number("--default-unreachable-toleration-seconds", "The same for a node that is not reachable", 300);
    private readonly Option<int> _inFlight = Number("--max-requests-inflight", "Reading requests at once; with the mutating ones the seats that priority levels share", 400);
    private readonly Option<int> _mutatingInFlight = Number("--max-mutating-requests-inflight", "Mutating requests at once", 200);
    private readonly Option<int> _timeout = Number("--request-timeout", "Seconds after which a request that is not a watch or stream ends", 60);

    public IReadOnlyList<Option> All =>
    [
        _oidcIssuer, _oidcClient, _oidcUsername, _oidcUsernamePrefix, _oidcGroups, _oidcGroupsPrefix, _oidcRequired, _oidcCa, _oidcAlgorithms,
        _authentication, _authorization, _modes, _policies, _tokens, _tokenWebhook, _tokenWebhookVersion, _tokenWebhookCache, _encryption, _encryptionReload, _auditPolicy, _auditLog, _auditWebhook, _auditSize, _auditBackups, _auditAge, _enable, _disable, _admission, _notReady, _unreachable, _inFlight, _mutatingInFlight, _timeout,
    ];

    public ApiSettings Read(ParseResult parsed) => new()
    {
        OidcIssuerUrl = parsed.GetValue(_oidcIssuer),
        OidcClientId = parsed.GetValue(_oidcClient),
        OidcUsernameClaim = parsed.GetValue(_oidcUsername),
        OidcUsernamePrefix = parsed.GetValue(_oidcUsernamePrefix),
        OidcGroupsClaim = parsed.GetValue(_oidcGroups),
        OidcGroupsPrefix = parsed.GetValue(_oidcGroupsPrefix),
        OidcRequiredClaims = parsed.GetValue(_oidcRequired) ?? [],
        OidcCaFile = parsed.GetValue(_oidcCa),
        OidcSigningAlgs = parsed.GetValue(_oidcAlgorithms) ?? [],
        AuthenticationConfig = parsed.GetValue(_authentication),
        AuthorizationConfig = parsed.GetValue(_authorization),
        AuthorizationModes = parsed.GetValue(_modes) ?? [],
        AuthorizationPolicyFile = parsed.GetValue(_policies),
        TokenAuthFile = parsed.GetValue(_tokens),
        TokenWebhookConfigFile = parsed.GetValue(_tokenWebhook),
        TokenWebhookVersion = parsed.GetValue(_tokenWebhookVersion) ?? "v1beta1",
        TokenWebhookCacheSeconds = parsed.GetValue(_tokenWebhookCache),
        EncryptionProviderConfig = parsed.GetValue(_encryption),
        EncryptionReload = parsed.GetValue(_encryptionReload),
        AuditPolicyFile = parsed.GetValue(_auditPolicy),
        AuditLogPath = parsed.GetValue(_auditLog),
        AuditWebhookConfigFile = parsed.GetValue(_auditWebhook),
        AuditLogMaxSize = parsed.GetValue(_auditSize),
        AuditLogMaxBackup = parsed.GetValue(_auditBackups),
        AuditLogMaxAge = parsed.GetValue(_auditAge),
        EnableAdmissionPlugins = parsed.GetValue(_enable) ?? [],
        DisableAdmissionPlugins = parsed.GetValue(_disable) ?? [],
        AdmissionControlConfigFile = parsed.GetValue(_admission),
        DefaultNotReadyTolerationSeconds = parsed.GetValue(_notReady),
        DefaultUnreachableTolerationSeconds = parsed.GetValue(_unreachable),
        MaxRequestsInFlight = parsed.GetValue(_inFlight),
        MaxMutatingRequestsInFlight = parsed.GetValue(_mutatingInFlight),
        RequestTimeoutSeconds = parsed.GetValue(_timeout),
    };

    private static Option<string?> Text(string name, string description, string help) => new(name) { Description = description, HelpName = help };

    private static Option<string[]> Texts(string name, string description, string help) => new(name) { Description = description, HelpName = help };

    private static Option<int> Number(string name, string description, int value)
    {
        var option = new Option<int>(name) { Description = $"{description} (default {value})", HelpName = "N", DefaultValueFactory = _ => value };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 0)
            {
                result.AddError($"{name}: it must not be negative");
            }
        });
        return option;
    }
}
