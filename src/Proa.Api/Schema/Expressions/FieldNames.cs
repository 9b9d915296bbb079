using System.Collections.Frozen;
using System.Text;

namespace Proa.Api.Schema.Expressions;

/// <summary>How expressions name fields whose names the language cannot read: <c>a-b</c> is <c>a__dash__b</c>.</summary>
internal static class FieldNames
{
    private static readonly FrozenSet<string> s_reserved = FrozenSet.Create(StringComparer.Ordinal,
        "true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let",
        "loop", "package", "namespace", "return", "var", "void", "while");

    /// <returns>Null: expressions cannot name it.</returns>
    public static string? Escape(string name)
    {
        if (name.Length == 0 || char.IsAsciiDigit(name[0]))
        {
            return null;
        }
        if (s_reserved.Contains(name))
        {
            return $"__{name}__";
        }
        StringBuilder? text = null;
        for (var i = 0; i < name.Length; i++)
        {
            var c = name[i];
            var escaped = c switch
            {
                '.' => "__dot__",
                '-' => "__dash__",
                '/' => "__slash__",
                '_' when i + 1 < name.Length && name[i + 1] == '_' => "__underscores__",
                _ => null,
            };
            if (escaped is not null)
            {
                text ??= new StringBuilder(name, 0, i, name.Length + 16);
                text.Append(escaped);
                i += c == '_' ? 1 : 0;
            }
            else if (char.IsAsciiLetterOrDigit(c) || c == '_')
            {
                text?.Append(c);
            }
            else
            {
                return null;
            }
        }
        return text?.ToString() ?? name;
    }
}
