using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Quota;

/// <summary>Amounts by resource name, in the order of names. Mutable; not thread-safe.</summary>
public sealed class ResourceList : SortedDictionary<string, Quantity>
{
    public ResourceList()
        : base(StringComparer.Ordinal)
    {
    }

    /// <summary>What can be read of an object whose members are quantities; null is none.</summary>
    public static ResourceList Of(JsonObject? json)
    {
        var list = new ResourceList();
        foreach (var (name, value) in json ?? [])
        {
            if (Quantity.TryParse((value as JsonString)?.Value ?? (value as JsonNumber)?.Text ?? "", out var amount))
            {
                list[name] = amount;
            }
        }
        return list;
    }

    public JsonObject ToJson()
    {
        var json = new JsonObject();
        foreach (var (name, amount) in this)
        {
            json[name] = amount.ToString();
        }
        return json;
    }

    public void Add(ResourceList more)
    {
        foreach (var (name, amount) in more)
        {
            this[name] = TryGetValue(name, out var have) ? have + amount : amount;
        }
    }

    public void Max(ResourceList other)
    {
        foreach (var (name, amount) in other)
        {
            if (!TryGetValue(name, out var have) || amount > have)
            {
                this[name] = amount;
            }
        }
    }

    public bool Same(ResourceList other)
    {
        if (Count != other.Count)
        {
            return false;
        }
        foreach (var (name, amount) in this)
        {
            if (!other.TryGetValue(name, out var theirs) || amount != theirs)
            {
                return false;
            }
        }
        return true;
    }

    /// <summary><c>cpu=1,memory=2Gi</c>.</summary>
    public override string ToString() => string.Join(",", this.Select(static item => $"{item.Key}={item.Value}"));
}
