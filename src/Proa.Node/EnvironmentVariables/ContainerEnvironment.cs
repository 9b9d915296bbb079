using System.Text;
using Proa.Api.Meta;
using Proa.Api.Models.Core;
using Proa.Client;
using Proa.Client.Informers;
using Proa.Node.Volumes;

namespace Proa.Node.EnvironmentVariables;

/// <summary>
/// Builds a container's environment: <c>envFrom</c>, then <c>env</c> (which sees what came before through <c>$(NAME)</c>),
/// then the services' variables where nothing else took the name. Thread-safe.
/// </summary>
/// <param name="hostIps">The node's addresses, the first one the primary.</param>
/// <param name="allocatable">The limit of a container that states none.</param>
public sealed class ContainerEnvironment(
    IClusterClient client, IInformer<Service> services, Func<IReadOnlyList<string>> hostIps, Func<IReadOnlyDictionary<string, Quantity>> allocatable)
{
    private readonly ReferencedObjects _objects = new(client);

    /// <param name="podIps">The pod's addresses, the first one the primary.</param>
    public async Task<EnvironmentResult> BuildAsync(Pod pod, Container container, IReadOnlyList<string> podIps, CancellationToken ct)
    {
        // Without the services a program could not find the API, so the first list is waited for.
        await services.SyncedAsync(ct);
        var ns = pod.Metadata.Namespace ?? "";
        var links = ServiceVariables.For(services, ns, pod.Spec.EnableServiceLinks != false);
        var work = new Work(_objects, ns);
        var error = await AddSourcesAsync(work, container, ct) ?? await AddVariablesAsync(work, pod, container, podIps, links, ct);
        if (error is not null)
        {
            return EnvironmentResult.Failed(error);
        }
        foreach (var (name, value) in links)
        {
            if (!work.Values.ContainsKey(name))
            {
                work.Set(name, value);
            }
        }
        return new(work.InOrder());
    }

    private static async Task<string?> AddSourcesAsync(Work work, Container container, CancellationToken ct)
    {
        foreach (var source in container.EnvFrom)
        {
            if (source.ConfigMapRef is { } mapRef)
            {
                var (map, error) = await work.ConfigMapAsync(mapRef.Name ?? "", mapRef.Optional == true, ct);
                if (error is not null)
                {
                    return error;
                }
                foreach (var (key, value) in map?.Data ?? ConfigMap.Empty.Data)
                {
                    work.Set(source.Prefix + key, value);
                }
            }
            else if (source.SecretRef is { } secretRef)
            {
                var (secret, error) = await work.SecretAsync(secretRef.Name ?? "", secretRef.Optional == true, ct);
                if (error is not null)
                {
                    return error;
                }
                foreach (var (key, value) in secret?.Data ?? Secret.Empty.Data)
                {
                    work.Set(source.Prefix + key, Encoding.UTF8.GetString(value));
                }
            }
        }
        return null;
    }

    private async Task<string?> AddVariablesAsync(
        Work work, Pod pod, Container container, IReadOnlyList<string> podIps, Dictionary<string, string> links, CancellationToken ct)
    {
        foreach (var variable in container.Env)
        {
            if (!string.IsNullOrEmpty(variable.Value) || variable.ValueFrom is null)
            {
                work.Set(variable.Name, Expansion.Expand(
                    variable.Value ?? "", name => work.Values.TryGetValue(name, out var value) ? value : links.GetValueOrDefault(name)));
                continue;
            }
            var (text, error) = await ResolveAsync(work, pod, container, variable.ValueFrom, podIps, ct);
            if (error is not null)
            {
                return error;
            }
            if (text is not null)
            {
                work.Set(variable.Name, text);
            }
        }
        return null;
    }

    /// <returns>Neither text nor error: optional and absent.</returns>
    private async Task<(string? Text, string? Error)> ResolveAsync(
        Work work, Pod pod, Container container, EnvVarSource source, IReadOnlyList<string> podIps, CancellationToken ct)
    {
        if (source.FieldRef is { } field)
        {
            return PodFields.ForVariable(pod, field.FieldPath, podIps, hostIps());
        }
        if (source.ResourceFieldRef is { } resource)
        {
            return ContainerResources.Value(pod, resource, container, allocatable());
        }
        if (source.ConfigMapKeyRef is { } mapKey)
        {
            var (map, error) = await work.ConfigMapAsync(mapKey.Name ?? "", mapKey.Optional == true, ct);
            if (map is null)
            {
                return (null, error);
            }
            return map.Data.TryGetValue(mapKey.Key, out var value) ? (value, null)
                : (null, mapKey.Optional == true ? null : $"couldn't find key {mapKey.Key} in ConfigMap {work.Namespace}/{mapKey.Name}");
        }
        if (source.SecretKeyRef is { } secretKey)
        {
            var (secret, error) = await work.SecretAsync(secretKey.Name ?? "", secretKey.Optional == true, ct);
            if (secret is null)
            {
                return (null, error);
            }
            return secret.Data.TryGetValue(secretKey.Key, out var value) ? (Encoding.UTF8.GetString(value), null)
                : (null, secretKey.Optional == true ? null : $"couldn't find key {secretKey.Key} in Secret {work.Namespace}/{secretKey.Name}");
        }
        return source.FileKeyRef is { } file ? (null, $"cannot find the volume \"{file.VolumeName}\" referenced by FileKeyRef") : ("", null);
    }

    /// <summary>One container's environment while it is built; each object is read once.</summary>
    private sealed class Work(ReferencedObjects objects, string ns)
    {
        private readonly List<string> _order = [];
        private readonly Dictionary<string, ConfigMap> _maps = new(StringComparer.Ordinal);
        private readonly Dictionary<string, Secret> _secrets = new(StringComparer.Ordinal);

        public string Namespace => ns;

        public Dictionary<string, string> Values { get; } = new(StringComparer.Ordinal);

        public void Set(string name, string value)
        {
            if (!Values.ContainsKey(name))
            {
                _order.Add(name);
            }
            Values[name] = value;
        }

        public List<KeyValuePair<string, string>> InOrder() => [.. _order.Select(name => KeyValuePair.Create(name, Values[name]))];

        public async Task<(ConfigMap?, string?)> ConfigMapAsync(string name, bool optional, CancellationToken ct)
        {
            if (_maps.TryGetValue(name, out var known))
            {
                return (known, null);
            }
            var (map, error) = await objects.ConfigMapAsync(ns, name, ct);
            if (map is null)
            {
                return (null, error ?? (optional ? null : $"configmap \"{name}\" not found"));
            }
            _maps[name] = map;
            return (map, null);
        }

        public async Task<(Secret?, string?)> SecretAsync(string name, bool optional, CancellationToken ct)
        {
            if (_secrets.TryGetValue(name, out var known))
            {
                return (known, null);
            }
            var (secret, error) = await objects.SecretAsync(ns, name, ct);
            if (secret is null)
            {
                return (null, error ?? (optional ? null : $"secret \"{name}\" not found"));
            }
            _secrets[name] = secret;
            return (secret, null);
        }
    }
}
