using System.Diagnostics.CodeAnalysis;
using System.Text;
using Google.Protobuf;
using Proa.Api.Schema;

namespace Proa.Store.Etcd;

/// <summary>
/// Where objects lie in etcd: as a Kubernetes API server lays them out. Built-in kinds by their plural
/// (<c>/registry/deployments/NAMESPACE/NAME</c>) with a few old names, custom resources by group and plural
/// (<c>/registry/example.com/widgets/NAMESPACE/NAME</c>). What is Proa's own lies under <c>/registry/.proa/</c>. Immutable.
/// </summary>
internal sealed class EtcdKeys
{
    // The names that differ from the plural; see "specialDefaultResourcePrefixes" in the original's storage factory.
    private static readonly Dictionary<string, string> s_special = new(StringComparer.Ordinal)
    {
        ["replicationcontrollers"] = "controllers",
        ["endpoints"] = "services/endpoints",
        ["nodes"] = "minions",
        ["services"] = "services/specs",
        ["ingresses.networking.k8s.io"] = "ingress",
        ["customresourcedefinitions.apiextensions.k8s.io"] = "apiextensions.k8s.io/customresourcedefinitions",
        ["apiservices.apiregistration.k8s.io"] = "apiregistration.k8s.io/apiservices",
    };

    /// <summary>
    /// Of no API, but kept by API servers in the form of objects: who of them lives, the node ports that are taken, and the keys that
    /// they are changing.
    /// </summary>
    private static readonly string[] s_internals = ["masterleases", "ranges", "proa-keys"];

    private readonly string _root;
    private readonly byte[] _rootBytes;
    private readonly Dictionary<string, string> _folders = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _resources = new(StringComparer.Ordinal);

    public EtcdKeys(string prefix)
    {
        _root = "/" + prefix.Trim('/') + "/";
        _rootBytes = Encoding.UTF8.GetBytes(_root);
        foreach (var served in SchemaRegistry.BuiltIn.Resources)
        {
            var resource = served.GroupResource == "events.events.k8s.io" ? "events" : served.GroupResource;
            var folder = s_special.GetValueOrDefault(resource, served.Plural);
            if (_resources.TryAdd(folder, resource))
            {
                _folders.Add(resource, folder);
            }
        }
        foreach (var internals in s_internals)
        {
            _resources.Add(internals, internals);
        }
        All = ByteString.CopyFrom(_rootBytes);
        AllEnd = EndOf(All);
    }

    /// <summary>Before every key.</summary>
    public ByteString All { get; }

    /// <summary>After every key.</summary>
    public ByteString AllEnd { get; }

    /// <summary>A key of Proa's own: no resource's name begins with a dot.</summary>
    public ByteString Own(string name) => ByteString.CopyFromUtf8($"{_root}.proa/{name}");

    /// <summary>The first key after all that begin so.</summary>
    public static ByteString EndOf(ByteString prefix)
    {
        var end = prefix.ToByteArray();
        end[^1]++;
        return ByteString.CopyFrom(end);
    }

    public string Text(in ObjectKey key)
    {
        var folder = Folder(key.Resource);
        return key.Namespace.Length == 0 ? $"{_root}{folder}/{key.Name}" : $"{_root}{folder}/{key.Namespace}/{key.Name}";
    }

    /// <returns>False: no object of the API lies there, such as an allocator's or Proa's own.</returns>
    public bool TryParse(ReadOnlySpan<byte> key, [NotNullWhen(true)] out ObjectKey? parsed)
    {
        parsed = null;
        if (!key.StartsWith(_rootBytes) || key.Length == _rootBytes.Length || key[_rootBytes.Length] == '.')
        {
            return false;
        }
        var parts = Encoding.UTF8.GetString(key[_rootBytes.Length..]).Split('/');
        if (parts.Length is < 2 or > 4)
        {
            return false;
        }
        var at = 1;
        if (!_resources.TryGetValue(parts[0], out var resource))
        {
            // Two-part names and custom resources: a custom group is a domain.
            at = 2;
            if (!_resources.TryGetValue($"{parts[0]}/{parts[1]}", out resource))
            {
                if (!parts[0].Contains('.', StringComparison.Ordinal))
                {
                    return false;
                }
                resource = $"{parts[1]}.{parts[0]}";
            }
        }
        parsed = (parts.Length - at) switch
        {
            1 => new ObjectKey(resource, "", parts[at]),
            2 => new ObjectKey(resource, parts[at], parts[at + 1]),
            _ => null,
        };
        return parsed is not null;
    }

    private string Folder(string resource)
    {
        if (_folders.TryGetValue(resource, out var folder))
        {
            return folder;
        }
        var dot = resource.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? resource : $"{resource[(dot + 1)..]}/{resource[..dot]}";
    }
}
