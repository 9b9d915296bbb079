using Proa.Api.Json;

namespace Proa.ApiServer.Tables.Custom;

/// <summary>
/// The part of kubectl's JSONPath that printer columns use: <c>.spec.replicas</c>, <c>['a.b']</c>, <c>[0]</c>, <c>[*]</c> and
/// <c>[?(@.type=="Ready")]</c>. Immutable.
/// </summary>
internal sealed class SimpleJsonPath
{
    private readonly List<Func<JsonValue, IEnumerable<JsonValue>>> _steps;

    private SimpleJsonPath(List<Func<JsonValue, IEnumerable<JsonValue>>> steps) => _steps = steps;

    /// <returns>Null when the path is not understood.</returns>
    public static SimpleJsonPath? Parse(string path)
    {
        var steps = new List<Func<JsonValue, IEnumerable<JsonValue>>>();
        var rest = path.AsSpan().Trim();
        if (rest.StartsWith("{") && rest.EndsWith("}"))
        {
            rest = rest[1..^1];
        }
        while (!rest.IsEmpty)
        {
            if (!(rest[0] == '[' ? Bracket(ref rest, steps) : Member(ref rest, steps)))
            {
                return null;
            }
        }
        return new(steps);
    }

    /// <summary>The first value that the path leads to, or null.</summary>
    public JsonValue? First(JsonValue root)
    {
        IEnumerable<JsonValue> values = [root];
        foreach (var step in _steps)
        {
            values = values.SelectMany(step);
        }
        return values.FirstOrDefault();
    }

    // .name, or \. for a dot inside it
    private static bool Member(ref ReadOnlySpan<char> rest, List<Func<JsonValue, IEnumerable<JsonValue>>> steps)
    {
        if (rest[0] == '.')
        {
            rest = rest[1..];
        }
        var name = new System.Text.StringBuilder();
        var i = 0;
        for (; i < rest.Length && rest[i] is not ('.' or '['); i++)
        {
            if (rest[i] == '\\' && i + 1 < rest.Length)
            {
                i++;
            }
            name.Append(rest[i]);
        }
        rest = rest[i..];
        var key = name.ToString();
        if (key.Length == 0)
        {
            return rest.IsEmpty || rest[0] == '[';
        }
        steps.Add(key == "*" ? All : value => Single((value as JsonObject)?[key]));
        return true;
    }

    private static bool Bracket(ref ReadOnlySpan<char> rest, List<Func<JsonValue, IEnumerable<JsonValue>>> steps)
    {
        var end = rest.StartsWith("[?") ? rest.IndexOf(")]") + 1 : rest.IndexOf(']');
        if (end <= 0)
        {
            return false;
        }
        var inner = rest[1..end];
        rest = rest[(end + 1)..];
        if (inner is "*")
        {
            steps.Add(All);
            return true;
        }
        if (int.TryParse(inner, System.Globalization.CultureInfo.InvariantCulture, out var index))
        {
            steps.Add(value => value is JsonArray array && (index < 0 ? index + array.Count : index) is var at && at >= 0 && at < array.Count ? [array[at]] : []);
            return true;
        }
        if (inner.Length > 1 && inner[0] is '\'' or '"')
        {
            var key = inner[1..^1].ToString().Replace("\\.", ".", StringComparison.Ordinal);
            steps.Add(value => Single((value as JsonObject)?[key]));
            return true;
        }
        return inner.StartsWith("?(@") && Filter(inner[3..^1], steps);
    }

    // .type=="Ready"
    private static bool Filter(ReadOnlySpan<char> text, List<Func<JsonValue, IEnumerable<JsonValue>>> steps)
    {
        var at = text.IndexOf("==");
        if (at < 0 || Parse(text[..at].Trim().ToString()) is not { } left)
        {
            return false;
        }
        var right = text[(at + 2)..].Trim().Trim('"').Trim('\'').ToString();
        steps.Add(value => All(value).Where(item => Text(left.First(item)) == right));
        return true;
    }

    private static string? Text(JsonValue? value) => value switch
    {
        JsonString text => text.Value,
        null => null,
        _ => value.ToString(),
    };

    private static IEnumerable<JsonValue> All(JsonValue value) => value switch
    {
        JsonArray array => array,
        JsonObject members => members.Select(member => member.Value),
        _ => [],
    };

    private static JsonValue[] Single(JsonValue? value) => value is null ? [] : [value];
}
