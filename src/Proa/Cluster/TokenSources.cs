using Proa.ApiServer.Security.Authentication;
using Proa.ApiServer.Security.Authentication.OpenId;
using Proa.Client.Http;

namespace Proa.Cluster;

/// <summary>The sources of bearer tokens that the settings ask for.</summary>
internal static class TokenSources
{
    /// <param name="issuers">Of an AuthenticationConfiguration; null: there is none.</param>
    /// <exception cref="UserException">A file is missing or broken, or options contradict each other.</exception>
    public static IReadOnlyList<ITokenSource> Of(ApiSettings settings, ReloadedIssuers? issuers, TimeProvider time)
    {
        var sources = new List<ITokenSource>();
        if (settings.TokenAuthFile is { } tokens)
        {
            sources.Add(SettingFile.Parse("--token-auth-file", tokens, text => new StaticTokens(text.Split('\n').Select(line => line.TrimEnd('\r')))));
        }
        if (issuers is not null)
        {
            sources.Add(issuers);
        }
        if (settings.OidcIssuerUrl is { } url)
        {
            sources.Add(new OpenIdTokens(Issuer(url, settings), time));
        }
        if (settings.TokenWebhookConfigFile is { } webhook)
        {
            if (settings.TokenWebhookVersion is not ("v1" or "v1beta1"))
            {
                throw new UserException(
                    $"unsupported authentication webhook version \"{settings.TokenWebhookVersion}\", supported versions are \"v1\", \"v1beta1\"",
                    "set --authentication-token-webhook-version to one of them");
            }
            sources.Add(new WebhookTokens(
                SettingFile.Parse("--authentication-token-webhook-config-file", webhook, _ => KubeConfig.Load(webhook)), settings.TokenWebhookVersion,
                TimeSpan.FromSeconds(settings.TokenWebhookCacheSeconds), time));
        }
        return sources;
    }

    private static OpenIdOptions Issuer(string url, ApiSettings settings)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var parsed) || parsed.Scheme != Uri.UriSchemeHttps)
        {
            throw new UserException($"--oidc-issuer-url: {url} is not an https URL", "give the issuer exactly as its tokens name it");
        }
        if (settings.OidcClientId is not { Length: > 0 } client)
        {
            throw new UserException("--oidc-issuer-url needs --oidc-client-id", "give the client id for which the issuer makes tokens");
        }
        var required = new Dictionary<string, string>();
        foreach (var text in settings.OidcRequiredClaims.SelectMany(text => text.Split(',')))
        {
            var equals = text.IndexOf('=');
            if (equals <= 0)
            {
                throw new UserException($"--oidc-required-claim: {text} is not claim=value", "write it as claim=value");
            }
            required[text[..equals]] = text[(equals + 1)..];
        }
        List<string> algorithms = [.. settings.OidcSigningAlgs.SelectMany(text => text.Split(','))];
        return new(url, [client])
        {
            UsernameClaim = settings.OidcUsernameClaim ?? "sub",
            UsernamePrefix = settings.OidcUsernamePrefix,
            GroupsClaim = settings.OidcGroupsClaim ?? "",
            GroupsPrefix = settings.OidcGroupsPrefix ?? "",
            RequiredClaims = required,
            Algorithms = algorithms.Count > 0 ? algorithms : ["RS256"],
            AuthorityPem = settings.OidcCaFile is { } file ? SettingFile.Parse("--oidc-ca-file", file, text => text) : null,
        };
    }
}
