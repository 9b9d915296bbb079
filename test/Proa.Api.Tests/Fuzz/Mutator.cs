using System.Text;
using Proa.Api.Json;

namespace Proa.Api.Tests.Fuzz;

/// <summary>Damages bytes and trees at random, by a seed.</summary>
internal sealed class Mutator(Random random)
{
    private static readonly byte[][] s_tokens =
    [
        .. new[]
        {
            "null", "true", "{}", "[]", "[[[[", "{\"a\":", "\"", "\\u0000", "\\ud800", "-", "1e999", "9223372036854775808", "-0", "0x1F", "0o7", "~",
            "&a", "*a", "<<:", "!!binary", "---\n", "...", "\n  - ", "? ", "|\n", ">-", "%YAML 9.9", "\t", ",", "!=", " in (", " notin (", "==", "f:a", "k:{\"b\":", "v:",
            "\u00e9", "\u2028", "\0",
        }.Select(Encoding.UTF8.GetBytes),
        [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF8], [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01], [0xFF, 0xFF, 0xFF, 0xFF, 0x0F],
    ];

    public byte[] Bytes(IReadOnlyList<byte[]> corpus)
    {
        var bytes = new List<byte>(corpus[random.Next(corpus.Count)]);
        for (var left = random.Next(1, 6); left > 0; left--)
        {
            var at = random.Next(bytes.Count + 1);
            var length = random.Next(Math.Min(24, bytes.Count - at) + 1);
            switch (random.Next(6))
            {
                case 0 when at < bytes.Count:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, length);
                    break;
                case 2:
                    bytes.InsertRange(at, bytes.GetRange(at, length));
                    break;
                case 3:
                    var other = corpus[random.Next(corpus.Count)];
                    var from = random.Next(other.Length + 1);
                    bytes.InsertRange(at, other[from..(from + random.Next(other.Length - from + 1))]);
                    break;
                default:
                    bytes.InsertRange(at, s_tokens[random.Next(s_tokens.Length)]);
                    break;
            }
        }
        return [.. bytes];
    }

    /// <summary>The tree with a few of its values replaced or taken out.</summary>
    public JsonObject Tree(JsonObject tree)
    {
        var damaged = tree.CloneObject();
        for (var left = random.Next(0, 5); left > 0; left--)
        {
            Damage(damaged);
        }
        return damaged;
    }

    public JsonValue Value(int depth = 0) => random.Next(depth > 3 ? 8 : 10) switch
    {
        0 => JsonNull.Instance,
        1 => random.Next(2) == 0,
        2 => random.Next(-3, 70_000),
        3 => new JsonNumber(random.Next(2) == 0 ? "1e99" : "0.5"),
        4 => long.MaxValue,
        5 => Text(),
        6 => new JsonObject(),
        7 => new JsonArray(),
        8 => new JsonArray([Value(depth + 1), Value(depth + 1)]),
        _ => new JsonObject { [Text()] = Value(depth + 1), ["name"] = Value(depth + 1) },
    };

    private string Text() => random.Next(8) switch
    {
        0 => "",
        1 => new string('x', 300),
        2 => "a/b/c",
        3 => "-1Ki",
        4 => "\u00e9\0\n",
        5 => "2001-01-01T00:00:00Z",
        6 => "fe80::1",
        _ => "web",
    };

    private void Damage(JsonValue tree)
    {
        while (true)
        {
            switch (tree)
            {
                case JsonObject { Count: > 0 } obj:
                    var key = obj.Keys.ElementAt(random.Next(obj.Count));
                    if (random.Next(3) == 0 || obj[key] is not (JsonObject { Count: > 0 } or JsonArray { Count: > 0 }))
                    {
                        Replace(obj, key);
                        return;
                    }
                    tree = obj[key]!;
                    break;
                case JsonArray { Count: > 0 } array:
                    var at = random.Next(array.Count);
                    if (random.Next(4) == 0)
                    {
                        array.Add(array[at].Clone());
                        return;
                    }
                    if (array[at] is not (JsonObject { Count: > 0 } or JsonArray { Count: > 0 }))
                    {
                        array[at] = Value();
                        return;
                    }
                    tree = array[at];
                    break;
                default:
                    return;
            }
        }
    }

    private void Replace(JsonObject obj, string key)
    {
        if (random.Next(3) == 0)
        {
            obj.Remove(key);
        }
        else
        {
            obj[key] = Value();
        }
    }
}
