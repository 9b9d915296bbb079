using Proa.Api.Meta;
using Proa.Api.Models.Meta;
using Proa.Controllers.Resources;

namespace Proa.Controllers.GarbageCollection;

/// <summary>
/// Who owns whom, over all kinds. Changes go in, and the uids to look at come out through <paramref name="enqueue"/>. What
/// an owner reference names and nobody has seen is a node too, to be verified. Thread-safe.
/// </summary>
internal sealed class OwnerGraph(ResourceCatalog catalog, Action<string> enqueue)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, OwnerNode> _nodes = new(StringComparer.Ordinal);

    public OwnerView? View(string uid)
    {
        lock (_gate)
        {
            return _nodes.TryGetValue(uid, out var node) ? node.View() : null;
        }
    }

    /// <summary>An object exists, with this metadata.</summary>
    public void Put(ResourceInfo type, ObjectMeta metadata)
    {
        lock (_gate)
        {
            var uid = metadata.Uid!;
            if (!_nodes.TryGetValue(uid, out var node))
            {
                _nodes.Add(uid, node = new(uid));
            }
            node.See(type, metadata);
            Relink(node, metadata.OwnerReferences);
            if (node.Deleting)
            {
                enqueue(uid);
                if (node.Foreground)
                {
                    EnqueueDependents(node);
                }
            }
            else if (node.Owners.Any(owner => _nodes[owner.Uid].State != OwnerState.Real || _nodes[owner.Uid].Deleting))
            {
                enqueue(uid);
            }
        }
    }

    /// <summary>An object is gone, or was found never to have been.</summary>
    public void Remove(string uid)
    {
        lock (_gate)
        {
            if (!_nodes.TryGetValue(uid, out var node))
            {
                return;
            }
            Relink(node, []);
            node.State = OwnerState.Absent;
            EnqueueDependents(node);
            DropIfUseless(node);
        }
    }

    /// <summary>The uids of one type's objects, to find those that a new list does not have.</summary>
    public List<string> Known(ResourceInfo type)
    {
        lock (_gate)
        {
            return [.. _nodes.Values.Where(node => node.State == OwnerState.Real && node.Type == type).Select(node => node.Uid)];
        }
    }

    private void Relink(OwnerNode node, IReadOnlyList<OwnerReference> owners)
    {
        if (node.Owners.SequenceEqual(owners))
        {
            return;
        }
        var old = node.Owners;
        // Most objects have none: an empty list of their own would be a tenth of what the graph takes.
        node.Owners = owners.Count == 0 ? [] : [.. owners];
        foreach (var reference in owners)
        {
            if (!_nodes.TryGetValue(reference.Uid, out var owner))
            {
                // Not seen: perhaps not yet, perhaps never. Looking it up decides.
                owner = new(reference.Uid) { Type = catalog.Find(reference.ApiVersion, reference.Kind), Name = reference.Name, Namespace = node.Namespace, ApiKind = $"{reference.ApiVersion} {reference.Kind}" };
                _nodes.Add(reference.Uid, owner);
                enqueue(reference.Uid);
            }
            owner.Add(node);
        }
        foreach (var reference in old)
        {
            if (!owners.Any(owner => owner.Uid == reference.Uid) && _nodes.TryGetValue(reference.Uid, out var former))
            {
                former.Remove(node);
                if (former.Deleting)
                {
                    enqueue(former.Uid);
                }
                DropIfUseless(former);
            }
        }
        // It blocks no longer, perhaps.
        foreach (var reference in owners)
        {
            if (_nodes[reference.Uid].Deleting)
            {
                enqueue(reference.Uid);
            }
        }
    }

    private void EnqueueDependents(OwnerNode node)
    {
        foreach (var dependent in node.Dependents)
        {
            enqueue(dependent.Uid);
        }
    }

    private void DropIfUseless(OwnerNode node)
    {
        if (node.State != OwnerState.Real && node.Dependents.Count == 0)
        {
            _nodes.Remove(node.Uid);
        }
    }

    private sealed class OwnerNode(string uid)
    {
        private HashSet<OwnerNode>? _dependents;

        public string Uid { get; } = uid;

        public OwnerState State { get; set; } = OwnerState.Unverified;

        public ResourceInfo? Type { get; set; }

        /// <summary>For a type that is not known (yet).</summary>
        public string? ApiKind { get; set; }

        public string? Namespace { get; set; }

        public string Name { get; set; } = "";

        public bool Deleting { get; private set; }

        public bool Foreground { get; private set; }

        public bool Orphan { get; private set; }

        public IReadOnlyList<OwnerReference> Owners { get; set; } = [];

        public IReadOnlyCollection<OwnerNode> Dependents => _dependents ?? (IReadOnlyCollection<OwnerNode>)[];

        public void Add(OwnerNode dependent) => (_dependents ??= new(ReferenceEqualityComparer.Instance)).Add(dependent);

        public void Remove(OwnerNode dependent) => _dependents?.Remove(dependent);

        public void See(ResourceInfo type, ObjectMeta metadata)
        {
            State = OwnerState.Real;
            Type = type;
            // One text for all objects of a namespace.
            Namespace = metadata.Namespace is { } ns ? string.Intern(ns) : null;
            Name = metadata.Name ?? "";
            Deleting = metadata.DeletionTimestamp is not null;
            Foreground = metadata.Finalizers.Contains(Finalizers.Foreground);
            Orphan = metadata.Finalizers.Contains(Finalizers.Orphan);
        }

        public OwnerView View() => new(Uid, State, Type, Namespace, Name, Deleting, Foreground, Orphan, Owners)
        {
            Dependents = [.. Dependents.Select(dependent => new Dependent(
                dependent.Uid, dependent.Owners.Any(owner => owner.Uid == Uid && owner.BlockOwnerDeletion == true)))],
        };
    }
}

internal enum OwnerState
{
    /// <summary>Named by a reference, not seen.</summary>
    Unverified,

    Real,

    /// <summary>Known not to exist.</summary>
    Absent,
}

/// <summary>A node as it stood at one moment.</summary>
internal sealed record OwnerView(
    string Uid, OwnerState State, ResourceInfo? Type, string? Namespace, string Name, bool Deleting, bool Foreground, bool Orphan, IReadOnlyList<OwnerReference> Owners)
{
    public required IReadOnlyList<Dependent> Dependents { get; init; }
}

/// <param name="Blocks">It asks its owner to wait for it when the owner is deleted in the foreground.</param>
internal readonly record struct Dependent(string Uid, bool Blocks);

/// <summary>The finalizers by which a delete's propagation is remembered.</summary>
internal static class Finalizers
{
    public const string Foreground = "foregroundDeletion";
    public const string Orphan = "orphan";
}
