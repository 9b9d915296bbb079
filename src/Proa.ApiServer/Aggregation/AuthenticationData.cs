using System.Text.Json;
using Proa.Api.Json;
using Proa.ApiServer.Security.Authentication;
using Proa.Store;

namespace Proa.ApiServer.Aggregation;

/// <summary>
/// The ConfigMap <c>kube-system/extension-apiserver-authentication</c>: what an extension server must know to authenticate
/// clients as this server does, and to believe this server whom it speaks for. Pure.
/// </summary>
internal static class AuthenticationData
{
    public static readonly ObjectKey Key = new("configmaps", "kube-system", "extension-apiserver-authentication");

    public static JsonObject Of(string authorityPem, FrontProxyOptions? proxies)
    {
        var data = new JsonObject { ["client-ca-file"] = Line(authorityPem) };
        if (proxies is not null)
        {
            data["requestheader-allowed-names"] = List(proxies.AllowedNames);
            data["requestheader-client-ca-file"] = Line(proxies.Authority.CertificatePem);
            data["requestheader-extra-headers-prefix"] = List(proxies.ExtraPrefixes);
            data["requestheader-group-headers"] = List(proxies.GroupHeaders);
            data["requestheader-uid-headers"] = List(proxies.UidHeaders);
            data["requestheader-username-headers"] = List(proxies.UserHeaders);
        }
        return data;
    }

    /// <summary>Adds what is missing and keeps the rest: another server of the same cluster may have authorities of its own.</summary>
    /// <returns>True when something was missing.</returns>
    public static bool Complete(JsonObject map, JsonObject wanted)
    {
        var data = map.EnsureObject("data");
        var changed = false;
        foreach (var (name, value) in wanted)
        {
            var (have, want) = (data.String(name) ?? "", ((JsonString)value).Value);
            var whole = name.EndsWith("-file", StringComparison.Ordinal) ? WithAuthority(have, want) : WithNames(have, want);
            if (whole != have)
            {
                data[name] = whole;
                changed = true;
            }
        }
        return changed;
    }

    private static string WithAuthority(string have, string want) =>
        have.Contains(want.Trim(), StringComparison.Ordinal) ? have : have.Length == 0 || have.EndsWith('\n') ? have + want : have + "\n" + want;

    private static string WithNames(string have, string want)
    {
        var names = Names(have);
        var missing = Names(want).Except(names, StringComparer.Ordinal).ToList();
        return missing.Count == 0 && have.Length > 0 ? have : List([.. names, .. missing]);
    }

    private static List<string> Names(string text)
    {
        try
        {
            return text.Length == 0 ? [] : [.. ((JsonTree.Parse(System.Text.Encoding.UTF8.GetBytes(text)) as JsonArray) ?? []).OfType<JsonString>().Select(static name => name.Value)];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    private static string List(IReadOnlyList<string> names) => new JsonArray(names.Select(static name => (JsonValue)name)).ToString();

    private static string Line(string pem) => pem.EndsWith('\n') ? pem : pem + "\n";
}
