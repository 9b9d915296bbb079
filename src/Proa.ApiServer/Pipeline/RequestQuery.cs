using System.Diagnostics.CodeAnalysis;

namespace Proa.ApiServer.Pipeline;

/// <summary>The parameters of a URL, unescaped, in their order. A parameter may occur more than once. Immutable.</summary>
public sealed class RequestQuery
{
    public static readonly RequestQuery Empty = new([]);
    private readonly List<KeyValuePair<string, string>> _parameters;

    public RequestQuery(List<KeyValuePair<string, string>> parameters) => _parameters = parameters;

    public IReadOnlyList<KeyValuePair<string, string>> Parameters => _parameters;

    /// <param name="query">With or without its question mark.</param>
    public static RequestQuery Parse(string query)
    {
        if (query.Length == 0 || query == "?")
        {
            return Empty;
        }
        var parameters = new List<KeyValuePair<string, string>>();
        var rest = query.AsSpan(query[0] == '?' ? 1 : 0);
        foreach (var range in rest.Split('&'))
        {
            var part = rest[range];
            if (part.IsEmpty)
            {
                continue;
            }
            var equals = part.IndexOf('=');
            var key = equals < 0 ? part : part[..equals];
            var value = equals < 0 ? [] : part[(equals + 1)..];
            parameters.Add(new(Unescape(key), Unescape(value)));
        }
        return new(parameters);
    }

    /// <summary>The first value, or null when the parameter is absent.</summary>
    public string? this[string name]
    {
        get
        {
            foreach (var (key, value) in _parameters)
            {
                if (key == name)
                {
                    return value;
                }
            }
            return null;
        }
    }

    public bool TryGet(string name, [NotNullWhen(true)] out string? value) => (value = this[name]) is not null;

    /// <summary>All values, in order.</summary>
    public List<string> All(string name)
    {
        var values = new List<string>();
        foreach (var (key, value) in _parameters)
        {
            if (key == name)
            {
                values.Add(value);
            }
        }
        return values;
    }

    /// <summary>True for <c>true</c> and <c>1</c>, and for a parameter without a value.</summary>
    public bool Flag(string name) => this[name] is "true" or "1" or "True" or "t" or "T" or "TRUE";

    private static string Unescape(ReadOnlySpan<char> text)
    {
        if (text.IndexOfAny('%', '+') < 0)
        {
            return text.ToString();
        }
        return Uri.UnescapeDataString(text.ToString().Replace('+', ' '));
    }
}
