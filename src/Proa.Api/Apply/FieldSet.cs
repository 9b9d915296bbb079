using Proa.Api.Json;

namespace Proa.Api.Apply;

/// <summary>
/// A set of field paths, as a tree: each node is a path element in the API's notation (<c>f:name</c>, <c>k:{…}</c>,
/// <c>v:…</c>), and a node may be a member itself, lead to members, or both. Mutable; not thread-safe.
/// The notation is documented at <c>FieldsV1</c> of the meta group.
/// </summary>
public sealed class FieldSet
{
    private SortedDictionary<string, FieldSet>? _children;

    /// <summary>The path that leads here is in the set.</summary>
    public bool IsMember { get; private set; }

    /// <summary>Nothing here and nothing below.</summary>
    public bool IsEmpty => !IsMember && _children is null;

    internal IReadOnlyCollection<KeyValuePair<string, FieldSet>> Children => _children ?? (IReadOnlyCollection<KeyValuePair<string, FieldSet>>)[];

    /// <summary>Reads <c>fieldsV1</c>; anything that is not an object is an empty set.</summary>
    public static FieldSet Read(JsonValue? fieldsV1)
    {
        var set = new FieldSet();
        if (fieldsV1 is JsonObject members)
        {
            foreach (var (element, below) in members)
            {
                if (element == ".")
                {
                    set.IsMember = true;
                    continue;
                }
                var child = Read(below);
                child.IsMember |= child._children is null;
                set.Put(element, child);
            }
        }
        return set;
    }

    /// <summary>The set as <c>fieldsV1</c> holds it.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject();
        if (IsMember && _children is not null)
        {
            json["."] = new JsonObject();
        }
        foreach (var (element, child) in Children)
        {
            json[element] = child.ToJson();
        }
        return json;
    }

    public FieldSet Clone()
    {
        var copy = new FieldSet { IsMember = IsMember };
        foreach (var (element, child) in Children)
        {
            copy.Put(element, child.Clone());
        }
        return copy;
    }

    /// <summary>Makes the path that leads here a member.</summary>
    internal void Add() => IsMember = true;

    /// <summary>The node below, made when absent; the caller adds something to it, or drops it with <see cref="Trim"/>.</summary>
    internal FieldSet Below(string element)
    {
        _children ??= new(StringComparer.Ordinal);
        if (!_children.TryGetValue(element, out var child))
        {
            _children[element] = child = new();
        }
        return child;
    }

    internal FieldSet? Find(string element) => _children?.GetValueOrDefault(element);

    /// <summary>Puts a subtree in place; an empty one is left out.</summary>
    internal void Put(string element, FieldSet child)
    {
        if (!child.IsEmpty)
        {
            (_children ??= new(StringComparer.Ordinal))[element] = child;
        }
    }

    /// <summary>Takes out a path with all that lies below it.</summary>
    internal void Drop(string element)
    {
        if (_children?.Remove(element) == true && _children.Count == 0)
        {
            _children = null;
        }
    }

    /// <summary>Drops the node below if nothing came to lie in it.</summary>
    internal void Trim(string element)
    {
        if (Find(element) is { IsEmpty: true })
        {
            Drop(element);
        }
    }

    public FieldSet Union(FieldSet other)
    {
        var result = Clone();
        result.IsMember |= other.IsMember;
        foreach (var (element, child) in other.Children)
        {
            result.Put(element, Find(element)?.Union(child) ?? child.Clone());
        }
        return result;
    }

    /// <summary>The members of this set that are not members of the other; what lies below them stays.</summary>
    public FieldSet Difference(FieldSet other)
    {
        var result = new FieldSet { IsMember = IsMember && !other.IsMember };
        foreach (var (element, child) in Children)
        {
            result.Put(element, other.Find(element) is { } theirs ? child.Difference(theirs) : child.Clone());
        }
        return result;
    }

    public FieldSet Intersection(FieldSet other)
    {
        var result = new FieldSet { IsMember = IsMember && other.IsMember };
        foreach (var (element, child) in Children)
        {
            if (other.Find(element) is { } theirs)
            {
                result.Put(element, child.Intersection(theirs));
            }
        }
        return result;
    }

    public bool SetEquals(FieldSet other)
    {
        if (IsMember != other.IsMember || Children.Count != other.Children.Count)
        {
            return false;
        }
        foreach (var (element, child) in Children)
        {
            if (other.Find(element) is not { } theirs || !child.SetEquals(theirs))
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>
    /// Each member's path as conflicts print it, <c>.spec.containers[name="a"].image</c>: at each level the members first,
    /// then what lies below, which is the order that clients see.
    /// </summary>
    public IEnumerable<string> Paths(string prefix = "")
    {
        foreach (var (element, child) in Children)
        {
            if (child.IsMember)
            {
                yield return prefix + PathElement.Display(element);
            }
        }
        foreach (var (element, child) in Children)
        {
            foreach (var path in child.Paths(prefix + PathElement.Display(element)))
            {
                yield return path;
            }
        }
    }
}
