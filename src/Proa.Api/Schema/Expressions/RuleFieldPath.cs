using System.Text;

namespace Proa.Api.Schema.Expressions;

/// <summary>The <c>fieldPath</c> of a rule: <c>.spec.names['a.b']</c>, relative to the rule's schema.</summary>
internal static class RuleFieldPath
{
    /// <summary>As errors show it; null when it does not name a field of the schema.</summary>
    public static string? Normalize(string path, SchemaNode schema)
    {
        var text = new StringBuilder();
        var node = schema;
        for (var at = 0; at < path.Length;)
        {
            string name;
            if (path[at] == '.')
            {
                var end = path.AsSpan(at + 1).IndexOfAny('.', '[', ']');
                end = end < 0 ? path.Length : at + 1 + end;
                name = path[(at + 1)..end];
                at = end;
            }
            else if (path[at] == '[' && at + 1 < path.Length && path[at + 1] == '\'')
            {
                if (!Quoted(path, at + 2, out name, out var end) || end >= path.Length || path[end] != ']')
                {
                    return null;
                }
                at = end + 1;
            }
            else
            {
                return null;
            }
            if (node.Kind == SchemaKind.Object && node.Fields.Count > 0)
            {
                if (!node.Fields.TryGet(name, out var member))
                {
                    return null;
                }
                text.Append(text.Length == 0 ? "" : ".").Append(name);
                node = member;
            }
            else if (node.Kind == SchemaKind.Map)
            {
                text.Append('[').Append(name).Append(']');
                node = node.Element!;
            }
            else
            {
                return null;
            }
        }
        return text.ToString();
    }

    private static bool Quoted(string path, int at, out string name, out int end)
    {
        var text = new StringBuilder();
        for (; at < path.Length; at++)
        {
            if (path[at] == '\'')
            {
                (name, end) = (text.ToString(), at + 1);
                return true;
            }
            if (path[at] == '\\' && at + 1 < path.Length)
            {
                var c = "abfnrtv'\\".IndexOf(path[++at], StringComparison.Ordinal);
                if (c < 0)
                {
                    break;
                }
                text.Append("\a\b\f\n\r\t\v'\\"[c]);
                continue;
            }
            text.Append(path[at]);
        }
        (name, end) = ("", 0);
        return false;
    }
}
