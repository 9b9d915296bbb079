using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Proa.Api.Json;

/// <summary>
/// An object whose members keep their order. Most objects of the API have a dozen members or fewer, where a scan over an
/// array beats a hash table; a dictionary is built only past <see cref="IndexAbove"/> members.
/// </summary>
public sealed class JsonObject : JsonValue, IReadOnlyCollection<KeyValuePair<string, JsonValue>>
{
    private const int IndexAbove = 16;
    private readonly List<KeyValuePair<string, JsonValue>> _members = [];
    private Dictionary<string, int>? _index;
    private List<KeyValuePair<string, JsonValue>>? _hidden;

    public int Count => _members.Count;

    public override JsonValueKind Kind => JsonValueKind.Object;

    public IEnumerable<string> Keys => _members.Select(member => member.Key);

    /// <summary>The member, or null when absent (a JSON null is <see cref="JsonNull"/>). Setting null removes.</summary>
    public JsonValue? this[string key]
    {
        get => Find(key) is var at and >= 0 ? _members[at].Value : null;
        set
        {
            if (value is null)
            {
                Remove(key);
                return;
            }
            Unhide(key);
            var at = Find(key);
            if (at >= 0)
            {
                _members[at] = new(key, value);
                return;
            }
            _index?.Add(key, _members.Count);
            _members.Add(new(key, value));
        }
    }

    public bool ContainsKey(string key) => Find(key) >= 0;

    public bool TryGet(string key, [NotNullWhen(true)] out JsonValue? value) => (value = this[key]) is not null;

    /// <summary>
    /// The member, or the empty list or map that was sent for it and that the object does not show: the original's memory tells
    /// one from none, while comparing, printing and storing take them for the same. Null: not sent, or null was.
    /// </summary>
    public JsonValue? Given(string key)
    {
        var found = this[key];
        if (_hidden is not null && found is null or JsonNull)
        {
            foreach (var (name, empty) in _hidden)
            {
                if (name == key)
                {
                    return empty;
                }
            }
        }
        return found;
    }

    /// <summary>Whether the member is there, if only as an empty list or map: what is not null in the original.</summary>
    public bool IsGiven(string key) => Given(key) is not (null or JsonNull);

    public override bool HidesAny() => HidesOwn || _members.Exists(static member => member.Value.HidesAny());

    /// <summary>The same of its own members alone.</summary>
    public bool HidesOwn => _hidden is { Count: > 0 };

    /// <summary>Lets <see cref="Given"/> remember an empty list or map until the member is set or removed.</summary>
    internal void Hide(string key, JsonValue empty) => (_hidden ??= []).Add(new(key, empty));

    /// <summary>The member if it is an object, else null.</summary>
    public JsonObject? Object(string key) => this[key] as JsonObject;

    /// <summary>The member if it is an array, else null.</summary>
    public JsonArray? Array(string key) => this[key] as JsonArray;

    /// <summary>The member's text if it is a string, else null.</summary>
    public string? String(string key) => (this[key] as JsonString)?.Value;

    /// <summary>The member's value if it is a whole number that fits, else null.</summary>
    public long? Int(string key) => this[key] is JsonNumber number && number.TryGetInt64(out var value) ? value : null;

    /// <summary>The member's value if it is a boolean, else null.</summary>
    public bool? Bool(string key) => (this[key] as JsonBool)?.Value;

    /// <summary>The member as an object; made and added when it is absent or anything else.</summary>
    public JsonObject EnsureObject(string key)
    {
        if (this[key] is JsonObject found)
        {
            return found;
        }
        var made = new JsonObject();
        this[key] = made;
        return made;
    }

    /// <summary>Adds without looking for an equal key: for readers that know it is new.</summary>
    internal void Append(string key, JsonValue value)
    {
        _index?.Add(key, _members.Count);
        _members.Add(new(key, value));
    }

    public bool Remove(string key)
    {
        Unhide(key);
        var at = Find(key);
        if (at < 0)
        {
            return false;
        }
        _members.RemoveAt(at);
        _index = null;
        return true;
    }

    /// <summary>Removes many members in one pass.</summary>
    public void RemoveAll(IReadOnlyList<string> keys)
    {
        if (keys.Count < IndexAbove)
        {
            foreach (var key in keys)
            {
                Remove(key);
            }
            return;
        }
        var gone = new HashSet<string>(keys, StringComparer.Ordinal);
        _members.RemoveAll(member => gone.Contains(member.Key));
        _index = null;
    }

    public void Clear()
    {
        _members.Clear();
        _index = null;
    }

    public override JsonValue Clone() => CloneObject();

    /// <summary><see cref="Clone"/>, typed.</summary>
    public JsonObject CloneObject()
    {
        var copy = new JsonObject { _hidden = _hidden is null ? null : [.. _hidden] };
        foreach (var (key, value) in _members)
        {
            copy._members.Add(new(key, value.Clone()));
        }
        return copy;
    }

    public override bool DeepEquals(JsonValue? other)
    {
        if (other is not JsonObject o || o.Count != Count)
        {
            return false;
        }
        foreach (var (key, value) in _members)
        {
            if (!value.DeepEquals(o[key]))
            {
                return false;
            }
        }
        return true;
    }

    public List<KeyValuePair<string, JsonValue>>.Enumerator GetEnumerator() => _members.GetEnumerator();

    IEnumerator<KeyValuePair<string, JsonValue>> IEnumerable<KeyValuePair<string, JsonValue>>.GetEnumerator() => _members.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _members.GetEnumerator();

    private void Unhide(string key) => _hidden?.RemoveAll(member => member.Key == key);

    private int Find(string key)
    {
        if (_members.Count > IndexAbove)
        {
            if (_index is null)
            {
                _index = new(_members.Count, StringComparer.Ordinal);
                for (var i = 0; i < _members.Count; i++)
                {
                    _index[_members[i].Key] = i;
                }
            }
            return _index.GetValueOrDefault(key, -1);
        }
        for (var i = 0; i < _members.Count; i++)
        {
            if (string.Equals(_members[i].Key, key, StringComparison.Ordinal))
            {
                return i;
            }
        }
        return -1;
    }
}
