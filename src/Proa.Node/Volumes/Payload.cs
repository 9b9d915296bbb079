using Proa.Api.Models.Core;

namespace Proa.Node.Volumes;

/// <summary>The files of a volume while they are gathered, with the errors met on the way.</summary>
internal sealed class Payload
{
    private readonly List<string> _errors = [];
    private readonly List<ObjectKey> _references = [];

    public Dictionary<string, PayloadFile> Files { get; } = new(StringComparer.Ordinal);

    public IReadOnlyList<ObjectKey> References => _references;

    public DateTimeOffset? RefreshAt { get; private set; }

    /// <summary>Null, one message, or several as <c>[a, b]</c>, the way the original joins them.</summary>
    public string? Error => _errors.Count switch
    {
        0 => null,
        1 => _errors[0],
        _ => $"[{string.Join(", ", _errors.Distinct())}]",
    };

    public void Fail(string error) => _errors.Add(error);

    public void Refer(ObjectKey key) => _references.Add(key);

    public void RefreshBy(DateTimeOffset time)
    {
        if (RefreshAt is not { } earlier || time < earlier)
        {
            RefreshAt = time;
        }
    }

    /// <summary>Adds an object's data: all of it, or the items named, each at its path.</summary>
    /// <param name="missing">The error for a named key that the data does not hold; null when that is allowed.</param>
    public void Add(IEnumerable<KeyValuePair<string, byte[]>> data, IReadOnlyList<KeyToPath> items, int mode, Func<string, string>? missing)
    {
        if (items.Count == 0)
        {
            foreach (var (key, value) in data)
            {
                Files[key] = new(value, mode);
            }
            return;
        }
        var byKey = new Dictionary<string, byte[]>(data, StringComparer.Ordinal);
        foreach (var item in items)
        {
            if (byKey.TryGetValue(item.Key, out var value))
            {
                Files[item.Path] = new(value, item.Mode ?? mode);
            }
            else if (missing is not null)
            {
                Fail(missing(item.Key));
                return;
            }
        }
    }
}
