using System.Security.Cryptography;
using System.Text;
using Proa.Api.Models;
using Proa.Api.Models.Core;
using Proa.Store;

namespace Proa.ApiServer.Security.Authentication;

/// <summary>
/// The tokens by which machines join: <c>abcdef.0123456789abcdef</c>, each a Secret <c>bootstrap-token-abcdef</c> in
/// <c>kube-system</c>. Thread-safe.
/// </summary>
public sealed class BootstrapTokens(IObjectStore store, TimeProvider time) : ITokenSource
{
    private const string SecretType = "bootstrap.kubernetes.io/token";
    private const string Group = "system:bootstrappers";
    private const int IdLength = 6;
    private const int SecretLength = 16;

    public ValueTask<TokenResult> FindAsync(string token, IReadOnlyList<string> audiences, CancellationToken ct)
    {
        if (token.Length != IdLength + 1 + SecretLength || token[IdLength] != '.' || !token.All(static c => c is '.' or (>= '0' and <= '9') or (>= 'a' and <= 'z')))
        {
            return new(TokenResult.NotMine);
        }
        var id = token[..IdLength];
        return new(store.Get(new("secrets", "kube-system", $"bootstrap-token-{id}")) is { } stored
            && User(Model.Read<Secret>(stored.Json), id, token[(IdLength + 1)..]) is { } user
                ? TokenResult.ForServer(user, audiences)
                : TokenResult.NotMine);
    }

    private UserInfo? User(Secret secret, string id, string key)
    {
        if (secret.Metadata.DeletionTimestamp is not null || secret.Type != SecretType || Text(secret, "token-id") != id
            || !CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Text(secret, "token-secret")), Encoding.UTF8.GetBytes(key))
            || IsOver(secret, time.GetUtcNow()) || Text(secret, "usage-bootstrap-authentication") != "true"
            || Groups(Text(secret, "auth-extra-groups")) is not { } groups)
        {
            return null;
        }
        return new UserInfo($"system:bootstrap:{id}", groups);
    }

    /// <summary>True when the token has an end and that has come, or cannot be read.</summary>
    private static bool IsOver(Secret secret, DateTimeOffset now) => Text(secret, "expiration") is { Length: > 0 } text
        && !(DateTimeOffset.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var end) && now < end);

    private static List<string>? Groups(string extra)
    {
        var groups = new List<string> { Group };
        foreach (var group in extra.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!IsBootstrapGroup(group))
            {
                return null;
            }
            groups.Add(group);
        }
        groups.Add(UserInfo.AuthenticatedGroup);
        return groups;
    }

    // system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]
    private static bool IsBootstrapGroup(string group)
    {
        const string Prefix = Group + ":";
        if (!group.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return false;
        }
        var rest = group.AsSpan(Prefix.Length);
        return rest.Length is > 0 and <= 256 && rest.IndexOfAnyExcept("abcdefghijklmnopqrstuvwxyz0123456789:-") < 0 && char.IsAsciiLetterOrDigit(rest[^1]);
    }

    private static string Text(Secret secret, string key) => secret.Data.TryGetValue(key, out var value) ? Encoding.UTF8.GetString(value) : "";
}
