using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Proa.ApiServer.Security.Authentication;

/// <summary>
/// The <c>Impersonate-*</c> headers: acting as someone else. Who may do so only for some requests is asked about first, then who
/// may do so for all; what allowed a user last is tried first the next time, and says why where all refuse. Thread-safe.
/// See "User impersonation" in the reference.
/// </summary>
internal sealed class Impersonation
{
    private const string UserHeader = "Impersonate-User";
    private const string UidHeader = "Impersonate-Uid";
    private const string GroupHeader = "Impersonate-Group";
    private const string ExtraPrefix = "Impersonate-Extra-";
    private const int Remembered = 10_000;
    private readonly ImpersonationMode[] _modes;
    private readonly ConcurrentDictionary<string, int> _last = new(StringComparer.Ordinal);

    public Impersonation(IAuthorizer authorizer) => _modes = ImpersonationMode.All(authorizer);

    public static bool IsAsked(IHeaderDictionary headers)
    {
        foreach (var (name, values) in headers)
        {
            if (name.StartsWith("Impersonate-", StringComparison.OrdinalIgnoreCase)
                && (name.StartsWith(ExtraPrefix, StringComparison.OrdinalIgnoreCase) || name.Equals(GroupHeader, StringComparison.OrdinalIgnoreCase)
                    || ((name.Equals(UserHeader, StringComparison.OrdinalIgnoreCase) || name.Equals(UidHeader, StringComparison.OrdinalIgnoreCase))
                        && values is [{ Length: > 0 }, ..])))
            {
                return true;
            }
        }
        return false;
    }

    /// <param name="request">What the user would do as the other.</param>
    public async ValueTask<AuthenticationResult> ApplyAsync(UserInfo user, IHeaderDictionary headers, RequestInfo request, CancellationToken ct)
    {
        var wanted = new UserInfo(headers[UserHeader] is [{ } name, ..] ? name : "", [.. headers[GroupHeader].Select(group => group ?? "")])
        {
            Uid = headers[UidHeader] is [{ } uid, ..] ? uid : "",
            Extra = Extra(headers),
        };
        if (wanted.Name.Length == 0)
        {
            return NoUser(wanted);
        }
        Proa.Api.Models.Meta.Status? refused = null;
        var first = _last.GetValueOrDefault(user.Name, -1);
        for (var i = first < 0 ? 0 : -1; i < _modes.Length; i++)
        {
            var mode = i < 0 ? first : i;
            if ((i >= 0 && i == first) || !_modes[mode].Fits(wanted, user))
            {
                continue;
            }
            var (who, error) = await _modes[mode].CheckAsync(wanted, user, request, ct);
            if (who is not null)
            {
                Remember(user.Name, mode);
                return new(who, null) { Impersonator = user, Constraint = _modes[mode].Constraint };
            }
            refused ??= error;
        }
        return new(null, refused) { Impersonator = user };
    }

    private void Remember(string user, int mode)
    {
        if (_last.TryGetValue(user, out var known) && known == mode)
        {
            return;
        }
        if (_last.Count >= Remembered)
        {
            _last.Clear();
        }
        _last[user] = mode;
    }

    private static Dictionary<string, IReadOnlyList<string>> Extra(IHeaderDictionary headers)
    {
        var extra = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var (name, values) in headers)
        {
            if (name.StartsWith(ExtraPrefix, StringComparison.OrdinalIgnoreCase))
            {
                var key = Key(name[ExtraPrefix.Length..].ToLowerInvariant());
                extra[key] = [.. extra.GetValueOrDefault(key, []), .. values.Select(static value => value ?? "")];
            }
        }
        return extra;
    }

    /// <summary>What is not encoded well stays as it is.</summary>
    private static string Key(string encoded)
    {
        for (var i = encoded.IndexOf('%', StringComparison.Ordinal); i >= 0; i = encoded.IndexOf('%', i + 1))
        {
            if (i + 2 >= encoded.Length || !char.IsAsciiHexDigit(encoded[i + 1]) || !char.IsAsciiHexDigit(encoded[i + 2]))
            {
                return encoded;
            }
        }
        return Uri.UnescapeDataString(encoded);
    }

    // The message prints a structure of the original's; clients have seen no other.
    private static Proa.Api.Models.Meta.Status NoUser(UserInfo wanted)
    {
        var message = new StringBuilder("requested &user.DefaultInfo{Name:\"\", UID:\"").Append(wanted.Uid).Append("\", Groups:[]string");
        message.Append(wanted.Groups.Count == 0 ? "(nil)" : $"{{{Quoted(wanted.Groups)}}}").Append(", Extra:map[string][]string");
        message.Append(wanted.Extra.Count == 0
            ? "(nil)"
            : $"{{{string.Join(", ", wanted.Extra.OrderBy(e => e.Key, StringComparer.Ordinal).Select(e => $"\"{e.Key}\":[]string{{{Quoted(e.Value)}}}"))}}}");
        return Pipeline.Statuses.BadRequest(message.Append("} without impersonating a user name").ToString());
    }

    private static string Quoted(IEnumerable<string> texts) => string.Join(", ", texts.Select(text => $"\"{text}\""));
}
