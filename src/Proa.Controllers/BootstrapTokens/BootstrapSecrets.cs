using System.Globalization;
using System.Text;
using Proa.Api.Models.Core;

namespace Proa.Controllers.BootstrapTokens;

/// <summary>What a bootstrap token's Secret says. Pure.</summary>
internal static class BootstrapSecrets
{
    public const string Namespace = "kube-system";
    public const string Type = "bootstrap.kubernetes.io/token";

    public static string Text(Secret secret, string key) => secret.Data.TryGetValue(key, out var value) ? Encoding.UTF8.GetString(value) : "";

    /// <summary>When the token ends; null: never. One that cannot be read has ended.</summary>
    public static DateTimeOffset? End(Secret secret) => Text(secret, "expiration") is not { Length: > 0 } text
        ? null
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out var end) ? end : DateTimeOffset.MinValue;
}
