using Proa.Api.Kinds;
using Proa.Api.Meta;
using Proa.Api.Schema;
using Proa.ApiServer.CustomResources;
using Proa.ApiServer.Types.Conversions;

namespace Proa.ApiServer.Types;

/// <summary>
/// All types, as one snapshot that is swapped when custom resources come and go. Reads take no lock. Thread-safe.
/// </summary>
public sealed class TypeCatalog : ITypeCatalog
{
    private readonly IReadOnlyList<TypeRules> _builtIn;
    private volatile Snapshot _snapshot;

    private TypeCatalog(IReadOnlyList<TypeRules> builtIn)
    {
        _builtIn = builtIn;
        _snapshot = new Snapshot(builtIn);
    }

    public IReadOnlyList<ServedType> All => _snapshot.All;

    /// <summary>The built-in types.</summary>
    public static TypeCatalog BuiltIn(SchemaRegistry registry)
    {
        var types = new List<ServedType>(registry.Resources.Count);
        var rules = new Dictionary<(string, string), TypeRules>();
        foreach (var resource in registry.Resources)
        {
            types.Add(Serve(resource));
        }
        // Stored versions first: the others refer to them.
        foreach (var type in types)
        {
            if (BuiltInConversions.Find(type.Info.Gvk) is null)
            {
                rules[(type.Info.ApiVersion, type.Plural)] = Rules(registry, type, null);
            }
        }
        foreach (var type in types)
        {
            if (BuiltInConversions.Find(type.Info.Gvk) is { } known)
            {
                rules[(type.Info.ApiVersion, type.Plural)] = Rules(registry, type, (rules[(known.Stored.ApiVersion, type.Plural)], known.Conversion));
            }
        }
        return new([.. types.Select(type => rules[(type.Info.ApiVersion, type.Plural)])]);
    }

    private static TypeRules Rules(SchemaRegistry registry, ServedType type, (TypeRules, IVersionConversion)? storage) => new(
        type,
        () => registry.Find(type.Info.Gvk) ?? throw new InvalidOperationException($"{type.Info.Gvk} has no schema"),
        () => type.Kind == "CustomResourceDefinition" ? new CustomResourceDefinitionStrategy() : KindStrategies.For(type.Info.Gvk),
        storage);

    public ServedType? Find(string group, string version, string plural) => FindRules(group, version, plural)?.Type;

    internal TypeRules? FindRules(string group, string version, string plural) =>
        _snapshot.ByPath.GetValueOrDefault((group, version, plural));

    /// <summary>The rules by which a collection's objects are stored; null when no type has it.</summary>
    internal TypeRules? ForCollection(string collection) => _snapshot.ByCollection.GetValueOrDefault(collection);

    internal bool HasVersion(string group, string version) => _snapshot.Versions.Contains((group, version));

    /// <summary>Replaces all custom types.</summary>
    internal void SetCustom(IReadOnlyList<TypeRules> custom) => _snapshot = new Snapshot([.. _builtIn, .. custom]);

    private static ServedType Serve(ServedResource resource) => new(
        new ResourceInfo(resource.Group, resource.Version, resource.Plural, resource.Kind, resource.Namespaced))
    {
        Singular = resource.Singular,
        ListKind = resource.Kind + "List",
        Verbs = resource.Verbs,
        ShortNames = resource.ShortNames,
        Categories = resource.Categories,
        Subresources = [.. resource.Subresources.Select(static sub => new ServedSubresource(sub.Name, sub.Gvk, sub.Verbs))],
        // Both groups of events show the same objects.
        Collection = resource.GroupResource == "events.events.k8s.io" ? "events" : resource.GroupResource,
    };

    private sealed class Snapshot
    {
        public Snapshot(IReadOnlyList<TypeRules> rules)
        {
            All = [.. rules.Select(static rule => rule.Type)];
            foreach (var rule in rules)
            {
                var type = rule.Type;
                ByPath[(type.Group, type.Version, type.Plural)] = rule;
                Versions.Add((type.Group, type.Version));
                if (rule.IsStorage)
                {
                    ByCollection[type.Collection] = rule;
                }
            }
        }

        public IReadOnlyList<ServedType> All { get; }

        public Dictionary<(string Group, string Version, string Plural), TypeRules> ByPath { get; } = [];

        public Dictionary<string, TypeRules> ByCollection { get; } = new(StringComparer.Ordinal);

        public HashSet<(string Group, string Version)> Versions { get; } = [];
    }
}
