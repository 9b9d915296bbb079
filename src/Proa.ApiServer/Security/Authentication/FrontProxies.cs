using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;

namespace Proa.ApiServer.Security.Authentication;

/// <summary>
/// The users that an authenticating proxy names in headers. The proxy itself is known by its certificate; anybody else's headers
/// mean nothing. Thread-safe.
/// </summary>
internal sealed class FrontProxies(FrontProxyOptions options, TimeProvider time)
{
    private readonly ConditionalWeakTable<X509Certificate2, Known> _known = [];

    /// <summary>Also takes the headers away, so that they go nowhere else.</summary>
    /// <returns>Null: the certificate is no proxy's, or it names nobody.</returns>
    public UserInfo? Find(X509Certificate2 certificate, IHeaderDictionary headers)
    {
        if (First(headers, options.UserHeaders) is not { } name)
        {
            return null;
        }
        var known = _known.GetValue(certificate, Check);
        if (!known.Trusted || time.GetUtcNow() >= known.Expires)
        {
            return null;
        }
        var user = new UserInfo(name, Groups(name, headers)) { Uid = First(headers, options.UidHeaders) ?? "", Extra = Extra(headers) };
        Clear(headers);
        return user;
    }

    private Known Check(X509Certificate2 certificate) => new(
        options.Authority.TrustsClient(certificate)
            && (options.AllowedNames.Count == 0 || options.AllowedNames.Contains(certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false))),
        certificate.NotAfter);

    private static string? First(IHeaderDictionary headers, IReadOnlyList<string> names)
    {
        foreach (var name in names)
        {
            if (headers[name] is [{ Length: > 0 } value, ..])
            {
                return value;
            }
        }
        return null;
    }

    private List<string> Groups(string user, IHeaderDictionary headers)
    {
        var groups = new List<string>();
        foreach (var name in options.GroupHeaders)
        {
            foreach (var group in headers[name])
            {
                if (!string.IsNullOrEmpty(group))
                {
                    groups.Add(group);
                }
            }
        }
        if (user != UserInfo.Anonymous.Name && !groups.Contains(UserInfo.AuthenticatedGroup) && !groups.Contains(UserInfo.UnauthenticatedGroup))
        {
            groups.Add(UserInfo.AuthenticatedGroup);
        }
        return groups;
    }

    private Dictionary<string, IReadOnlyList<string>> Extra(IHeaderDictionary headers)
    {
        var extra = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var prefix in options.ExtraPrefixes)
        {
            foreach (var (name, values) in headers)
            {
                if (name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
                {
                    var key = Uri.UnescapeDataString(name[prefix.Length..].ToLowerInvariant());
                    extra[key] = [.. extra.GetValueOrDefault(key, []), .. values.Select(static value => value ?? "")];
                }
            }
        }
        return extra;
    }

    private void Clear(IHeaderDictionary headers)
    {
        foreach (var name in (IEnumerable<string>)[.. options.UserHeaders, .. options.UidHeaders, .. options.GroupHeaders])
        {
            headers.Remove(name);
        }
        foreach (var name in headers.Keys.Where(name => options.ExtraPrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))).ToList())
        {
            headers.Remove(name);
        }
    }

    private sealed record Known(bool Trusted, DateTimeOffset Expires);
}
