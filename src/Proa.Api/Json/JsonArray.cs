using System.Collections;

namespace Proa.Api.Json;

public sealed class JsonArray : JsonValue, IReadOnlyList<JsonValue>
{
    private readonly List<JsonValue> _items;

    public JsonArray() => _items = [];

    public JsonArray(IEnumerable<JsonValue> items) => _items = [.. items];

    public int Count => _items.Count;

    public override JsonValueKind Kind => JsonValueKind.Array;

    public JsonValue this[int index]
    {
        get => _items[index];
        set => _items[index] = value;
    }

    public void Add(JsonValue item) => _items.Add(item);

    public void Insert(int index, JsonValue item) => _items.Insert(index, item);

    public void RemoveAt(int index) => _items.RemoveAt(index);

    public int RemoveAll(Predicate<JsonValue> match) => _items.RemoveAll(match);

    public void Clear() => _items.Clear();

    public override JsonValue Clone()
    {
        var copy = new JsonArray();
        foreach (var item in _items)
        {
            copy.Add(item.Clone());
        }
        return copy;
    }

    public override bool HidesAny() => _items.Exists(static item => item.HidesAny());

    public override bool DeepEquals(JsonValue? other)
    {
        if (other is not JsonArray array || array.Count != Count)
        {
            return false;
        }
        for (var i = 0; i < Count; i++)
        {
            if (!_items[i].DeepEquals(array[i]))
            {
                return false;
            }
        }
        return true;
    }

    public List<JsonValue>.Enumerator GetEnumerator() => _items.GetEnumerator();

    IEnumerator<JsonValue> IEnumerable<JsonValue>.GetEnumerator() => _items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _items.GetEnumerator();
}
