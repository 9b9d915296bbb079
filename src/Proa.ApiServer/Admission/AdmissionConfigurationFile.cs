using Proa.Api.Json;
using Proa.Api.Yaml;
using Proa.ApiServer.Admission.PodSecurity;
using Proa.ApiServer.Admission.Quota;
using Proa.ApiServer.Configuration;

namespace Proa.ApiServer.Admission;

/// <summary>Reads an <c>apiserver.config.k8s.io/v1 AdmissionConfiguration</c>: what each plugin is told. Pure but for the files that it names.</summary>
public static class AdmissionConfigurationFile
{
    /// <param name="folder">Against which paths in it are resolved.</param>
    /// <exception cref="FormatException">Says which field is wrong.</exception>
    /// <exception cref="IOException">A file that it names cannot be read.</exception>
    public static AdmissionSettings Read(string text, string folder, AdmissionSettings settings)
    {
        var root = Object(text);
        if (root.ContainsKey("podNodeSelectorPluginConfig"))
        {
            return NodeSelectors(root, settings); // The form of before there was a kind.
        }
        if (root.String("kind") != "AdmissionConfiguration" || root.String("apiVersion") is not ("apiserver.config.k8s.io/v1" or "apiserver.k8s.io/v1alpha1"))
        {
            throw new FormatException($"it is no apiserver.config.k8s.io/v1 AdmissionConfiguration but {root.String("apiVersion")} {root.String("kind")}");
        }
        ConfigurationFields.Only(root, "", "apiVersion", "kind", "plugins");
        var plugins = root.Array("plugins");
        for (var i = 0; i < plugins?.Count; i++)
        {
            var plugin = plugins[i] as JsonObject ?? throw new FormatException($"plugins[{i}]: it must be an object");
            ConfigurationFields.Only(plugin, $"plugins[{i}]", "name", "path", "configuration");
            var configuration = plugin.Object("configuration")
                ?? (plugin.String("path") is { Length: > 0 } path ? Object(File.ReadAllText(Path.Combine(folder, path))) : null);
            if (configuration is not null)
            {
                settings = Configure(plugin.String("name") ?? "", configuration, settings, $"plugins[{i}]");
            }
        }
        return settings;
    }

    private static AdmissionSettings Configure(string plugin, JsonObject configuration, AdmissionSettings settings, string at) => plugin switch
    {
        "PodSecurity" => settings with { PodSecurity = PodSecurity(configuration) },
        "PodNodeSelector" => NodeSelectors(configuration, settings),
        "PodTolerationRestriction" => settings with { DefaultTolerations = Objects(configuration, "default"), AllowedTolerations = Objects(configuration, "whitelist") },
        "ResourceQuota" => settings with { LimitedResources = LimitedResources(configuration) },
        "EventRateLimit" => settings with { EventRates = EventRates(configuration) },
        _ when AdmissionPlugins.Has(plugin) => throw new FormatException($"{at}.configuration: {plugin} is not configured by a file here"),
        _ => throw new FormatException($"{at}.name: \"{plugin}\" is unknown"),
    };

    private static PodSecuritySettings PodSecurity(JsonObject configuration)
    {
        if (configuration.String("kind") != "PodSecurityConfiguration")
        {
            throw new FormatException($"PodSecurity: kind: {configuration.String("kind")} is no PodSecurityConfiguration");
        }
        ConfigurationFields.Only(configuration, "", "apiVersion", "kind", "defaults", "exemptions");
        string[] modes = ["enforce", "enforce-version", "audit", "audit-version", "warn", "warn-version"];
        var (defaults, exemptions) = (configuration.Object("defaults") ?? [], configuration.Object("exemptions") ?? []);
        ConfigurationFields.Only(defaults, "defaults", modes);
        ConfigurationFields.Only(exemptions, "exemptions", "usernames", "namespaces", "runtimeClasses");
        var settings = new PodSecuritySettings
        {
            Defaults = modes.Where(mode => defaults.String(mode) is { Length: > 0 }).ToDictionary(mode => mode, mode => defaults.String(mode)!),
            ExemptNamespaces = ConfigurationFields.Strings(exemptions, "namespaces"),
            ExemptUsers = ConfigurationFields.Strings(exemptions, "usernames"),
            ExemptRuntimeClasses = ConfigurationFields.Strings(exemptions, "runtimeClasses"),
        };
        NamespacePolicy.Of(
            settings.Defaults.Select(static item => KeyValuePair.Create(NamespacePolicy.Prefix + item.Key, item.Value)), NamespacePolicy.Privileged, warnAsEnforced: false, out var errors);
        if (errors.Count > 0)
        {
            throw new FormatException(string.Join("; ", errors.Select(static error =>
                $"defaults.{error.Field[(error.Field.IndexOf('/') + 1)..^1]}: {error.Body}")));
        }
        foreach (var (name, list) in (ReadOnlySpan<(string, IReadOnlyList<string>)>)
            [("namespaces", settings.ExemptNamespaces), ("usernames", settings.ExemptUsers), ("runtimeClasses", settings.ExemptRuntimeClasses)])
        {
            for (var i = 0; i < list.Count; i++)
            {
                if (list[i].Length == 0 || list.Take(i).Contains(list[i]))
                {
                    throw new FormatException($"exemptions.{name}[{i}]: {(list[i].Length == 0 ? "Invalid value: \"\": must not be empty" : $"Duplicate value: \"{list[i]}\"")}");
                }
            }
        }
        return settings;
    }

    private static AdmissionSettings NodeSelectors(JsonObject configuration, AdmissionSettings settings)
    {
        var selectors = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (ns, selector) in configuration.Object("podNodeSelectorPluginConfig") ?? [])
        {
            selectors[ns] = (selector as JsonString)?.Value ?? throw new FormatException($"podNodeSelectorPluginConfig[{ns}]: it must be a string");
        }
        return settings with { NodeSelectors = selectors };
    }

    private static List<LimitedResource> LimitedResources(JsonObject configuration)
    {
        if (configuration.String("kind") is not ("ResourceQuotaConfiguration" or "Configuration"))
        {
            throw new FormatException($"ResourceQuota: kind: {configuration.String("kind")} is no ResourceQuotaConfiguration");
        }
        ConfigurationFields.Only(configuration, "", "apiVersion", "kind", "limitedResources");
        var limited = new List<LimitedResource>();
        foreach (var item in Objects(configuration, "limitedResources"))
        {
            var at = $"limitedResources[{limited.Count}]";
            ConfigurationFields.Only(item, at, "apiGroup", "resource", "matchContains", "matchScopes");
            if (item.String("resource") is not { Length: > 0 } resource)
            {
                throw new FormatException($"{at}.resource: Required value");
            }
            limited.Add(new(
                item.String("apiGroup") is { Length: > 0 } group ? $"{resource}.{group}" : resource, ConfigurationFields.Strings(item, "matchContains"), Objects(item, "matchScopes")));
        }
        return limited;
    }

    private static List<EventRate> EventRates(JsonObject configuration)
    {
        var rates = new List<EventRate>();
        foreach (var limit in Objects(configuration, "limits"))
        {
            var at = $"limits[{rates.Count}]";
            var type = limit.String("type") ?? "";
            if (type is not ("Server" or "Namespace" or "User" or "SourceAndObject"))
            {
                throw new FormatException($"{at}.type: Unsupported value: \"{type}\": supported values: \"Namespace\", \"Server\", \"SourceAndObject\", \"User\"");
            }
            rates.Add(new(type, Positive(limit, at, "qps"), Positive(limit, at, "burst"), (int)Math.Clamp(limit.Int("cacheSize") ?? 4096, 1, 1 << 20)));
        }
        return rates.Count > 0 ? rates : throw new FormatException("limits: Invalid value: null: must not be empty");
    }

    private static int Positive(JsonObject limit, string at, string field) => limit.Int(field) is > 0 and <= int.MaxValue and var value
        ? (int)value
        : throw new FormatException($"{at}.{field}: Invalid value: {limit.Int(field) ?? 0}: must be positive");

    private static List<JsonObject> Objects(JsonObject owner, string field) => [.. (owner.Array(field) ?? []).OfType<JsonObject>()];

    private static JsonObject Object(string text) => YamlTree.Parse(text) as JsonObject ?? throw new FormatException("it is no object");
}
