using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Pods;

/// <summary>What a pod says of names: its DNS settings, its own name, its hosts file.</summary>
internal static class DnsRules
{
    public static void Check(JsonObject spec, string path, FieldErrors errors)
    {
        var at = $"{path}.dnsConfig";
        var config = spec.Object("dnsConfig");
        if (spec.Text("dnsPolicy") == "None")
        {
            if (config is null)
            {
                errors.Required(at, "must provide `dnsConfig` when `dnsPolicy` is None");
                return;
            }
            if (config.Array("nameservers") is not { Count: > 0 })
            {
                errors.Required($"{at}.nameservers", "must provide at least one DNS nameserver when `dnsPolicy` is None");
                return;
            }
        }
        if (config is null)
        {
            return;
        }
        if (config.Array("nameservers") is { Count: > 3 } servers)
        {
            errors.Invalid($"{at}.nameservers", servers, "must not have more than 3 nameservers");
        }
        var i = 0;
        foreach (var server in Strings(config, "nameservers"))
        {
            Addresses.Check(server, $"{at}.nameservers[{i++}]", errors);
        }
        Searches(config, $"{at}.searches", errors);
        i = 0;
        foreach (var option in config.Objects("options"))
        {
            if (option.Text("name").Length == 0)
            {
                errors.Required($"{at}.options[{i}]", "must not be empty");
            }
            i++;
        }
    }

    public static void Hostname(JsonObject spec, string path, FieldErrors errors)
    {
        if (spec.String("hostnameOverride") is not { } name)
        {
            return;
        }
        var at = $"{path}.hostnameOverride";
        if (spec.Bool("setHostnameAsFQDN") == true)
        {
            errors.Forbidden(at, "may not be specified when setHostnameAsFQDN is true");
        }
        if (spec.Bool("hostNetwork") == true)
        {
            errors.Forbidden(at, "may not be specified when hostNetwork is true");
        }
        if (name.Length > 64)
        {
            errors.Add(FieldError.TooLong(at, 64));
        }
        errors.Invalid(at, name, Names.DnsSubdomain(name));
    }

    public static void HostAliases(JsonObject spec, string path, FieldErrors errors)
    {
        var i = 0;
        foreach (var alias in spec.Objects("hostAliases"))
        {
            Addresses.Check(alias.Text("ip"), $"{path}.hostAliases[{i}].ip", errors);
            var j = 0;
            foreach (var name in Strings(alias, "hostnames"))
            {
                errors.Invalid($"{path}.hostAliases[{i}].hostnames[{j++}]", name, Names.DnsSubdomain(name));
            }
            i++;
        }
    }

    private static void Searches(JsonObject config, string at, FieldErrors errors)
    {
        if (config.Array("searches") is not { } searches)
        {
            return;
        }
        if (searches.Count > 32)
        {
            errors.Invalid(at, searches, "must not have more than 32 search paths");
        }
        if (Strings(config, "searches").Sum(static text => text.Length + 1) - 1 > 2048)
        {
            errors.Invalid(at, searches, "must not have more than 2048 characters (including spaces) in the search list");
        }
        var i = 0;
        foreach (var search in Strings(config, "searches"))
        {
            if (search != ".")
            {
                var name = search.EndsWith('.') ? search[..^1] : search;
                errors.Invalid($"{at}[{i}]", name, Names.DnsSubdomainWithUnderscore(name));
            }
            i++;
        }
    }

    private static IEnumerable<string> Strings(JsonObject obj, string name) => (obj.Array(name) ?? []).Select(static item => (item as JsonString)?.Value ?? "");
}
