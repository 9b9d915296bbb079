namespace Proa.Client.Streams.Spdy;

/// <summary>A stream's headers; names are compared without regard to case.</summary>
public sealed class SpdyHeaders(IReadOnlyList<KeyValuePair<string, string>> all)
{
    public static readonly SpdyHeaders None = new([]);

    public IReadOnlyList<KeyValuePair<string, string>> All { get; } = all;

    /// <summary>The first value of that name, or null. Several values of one name are joined by NUL on the wire.</summary>
    public string? this[string name]
    {
        get
        {
            foreach (var (key, value) in All)
            {
                if (string.Equals(key, name, StringComparison.OrdinalIgnoreCase))
                {
                    return value.IndexOf('\0') is var end and >= 0 ? value[..end] : value;
                }
            }
            return null;
        }
    }

    public static SpdyHeaders Of(params ReadOnlySpan<(string Name, string Value)> headers)
    {
        var all = new List<KeyValuePair<string, string>>(headers.Length);
        foreach (var (name, value) in headers)
        {
            all.Add(new(name, value));
        }
        return new(all);
    }
}
