using System.Text;
using Proa.Api.Cel.Checking;
using Proa.Api.Cel.Values;

namespace Proa.Api.Cel.Libraries;

/// <summary>Strings, by code points.</summary>
internal static class StringLibrary
{
    public static void AddTo(FunctionList f)
    {
        f.Member("contains", "contains_string", [CelType.String, CelType.String], CelType.Bool, static a => CelValue.Of(a[0].AsString.Contains(a[1].AsString, StringComparison.Ordinal)));
        f.Member("endsWith", "ends_with_string", [CelType.String, CelType.String], CelType.Bool, static a => CelValue.Of(a[0].AsString.EndsWith(a[1].AsString, StringComparison.Ordinal)));
        f.Member("startsWith", "starts_with_string", [CelType.String, CelType.String], CelType.Bool, static a => CelValue.Of(a[0].AsString.StartsWith(a[1].AsString, StringComparison.Ordinal)));
        f.Member("charAt", "string_char_at_int", [CelType.String, CelType.Int], CelType.String, static a => CharAt(a[0].AsString, a[1].AsInt));
        f.Member("indexOf", "string_index_of_string", [CelType.String, CelType.String], CelType.Int, static a => IndexOf(a[0].AsString, a[1].AsString, 0));
        f.Member("indexOf", "string_index_of_string_int", [CelType.String, CelType.String, CelType.Int], CelType.Int, static a => IndexOf(a[0].AsString, a[1].AsString, a[2].AsInt));
        f.Member("lastIndexOf", "string_last_index_of_string", [CelType.String, CelType.String], CelType.Int, static a => LastIndexOf(a[0].AsString, a[1].AsString, null));
        f.Member("lastIndexOf", "string_last_index_of_string_int", [CelType.String, CelType.String, CelType.Int], CelType.Int, static a => LastIndexOf(a[0].AsString, a[1].AsString, a[2].AsInt));
        f.Member("lowerAscii", "string_lower_ascii", [CelType.String], CelType.String, static a => CelValue.Of(string.Create(a[0].AsString.Length, a[0].AsString, static (to, from) =>
        {
            for (var i = 0; i < from.Length; i++)
            {
                to[i] = from[i] is >= 'A' and <= 'Z' ? (char)(from[i] + 32) : from[i];
            }
        })));
        f.Member("upperAscii", "string_upper_ascii", [CelType.String], CelType.String, static a => CelValue.Of(string.Create(a[0].AsString.Length, a[0].AsString, static (to, from) =>
        {
            for (var i = 0; i < from.Length; i++)
            {
                to[i] = from[i] is >= 'a' and <= 'z' ? (char)(from[i] - 32) : from[i];
            }
        })));
        f.Member("replace", "string_replace_string_string", [CelType.String, CelType.String, CelType.String], CelType.String, static a => Replace(a[0].AsString, a[1].AsString, a[2].AsString, -1));
        f.Member("replace", "string_replace_string_string_int", [CelType.String, CelType.String, CelType.String, CelType.Int], CelType.String, static a => Replace(a[0].AsString, a[1].AsString, a[2].AsString, a[3].AsInt));
        f.Member("split", "string_split_string", [CelType.String, CelType.String], FunctionList.ListOfString, static a => Split(a[0].AsString, a[1].AsString, -1));
        f.Member("split", "string_split_string_int", [CelType.String, CelType.String, CelType.Int], FunctionList.ListOfString, static a => Split(a[0].AsString, a[1].AsString, a[2].AsInt));
        f.Member("substring", "string_substring_int", [CelType.String, CelType.Int], CelType.String, static a => Substring(a[0].AsString, a[1].AsInt, null));
        f.Member("substring", "string_substring_int_int", [CelType.String, CelType.Int, CelType.Int], CelType.String, static a => Substring(a[0].AsString, a[1].AsInt, a[2].AsInt));
        f.Member("trim", "string_trim", [CelType.String], CelType.String, static a => CelValue.Of(a[0].AsString.Trim()));
        f.Member("join", "list_join", [FunctionList.ListOfString], CelType.String, static a => Join(a[0].AsList, ""));
        f.Member("join", "list_join_string", [FunctionList.ListOfString, CelType.String], CelType.String, static a => Join(a[0].AsList, a[1].AsString));
        f.Global("strings.quote", "strings_quote", [CelType.String], CelType.String, static a => CelValue.Of(Quote(a[0].AsString)));
        f.Member("format", "string_format", [CelType.String, CelType.ListOfDyn], CelType.String, static a => StringFormat.Apply(a[0].AsString, a[1].AsList));
        f.Global("jsonpatch.escapeKey", "string_jsonpatch_escapeKey_string", [CelType.String], CelType.String,
            static a => CelValue.Of(a[0].AsString.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)));
    }

    private static CelValue CharAt(string text, long index)
    {
        var length = CelText.Length(text);
        if (index < 0 || index > length)
        {
            return OutOfRange(index);
        }
        var at = CelText.Offset(text, (int)index);
        return CelValue.Of(index == length ? "" : text.Substring(at, char.IsHighSurrogate(text[at]) ? 2 : 1));
    }

    private static CelValue IndexOf(string text, string part, long from)
    {
        if (part.Length == 0)
        {
            return CelValue.Of(from);
        }
        if (from < 0)
        {
            return OutOfRange(from);
        }
        if (from >= CelText.Length(text))
        {
            return CelValue.Of(-1L);
        }
        var at = text.IndexOf(part, CelText.Offset(text, (int)from), StringComparison.Ordinal);
        return CelValue.Of(at < 0 ? -1L : CelText.Length(text[..at]));
    }

    private static CelValue LastIndexOf(string text, string part, long? from)
    {
        var length = CelText.Length(text);
        if (part.Length == 0)
        {
            return CelValue.Of(from ?? length);
        }
        var start = from ?? length - 1;
        if (from is < 0)
        {
            return OutOfRange(start);
        }
        var last = Math.Min(start, length - CelText.Length(part));
        if (start >= length || last < 0)
        {
            return CelValue.Of(-1L);
        }
        var end = CelText.Offset(text, (int)last) + part.Length;
        var at = text.AsSpan(0, end).LastIndexOf(part, StringComparison.Ordinal);
        return CelValue.Of(at < 0 ? -1L : CelText.Length(text[..at]));
    }

    /// <param name="count">Negative: all.</param>
    private static CelValue Replace(string text, string old, string by, long count)
    {
        // Replacements may multiply: what passes the largest request is no string for any object.
        const int MaxLength = 32 << 20;
        if (count == 0 || (old.Length == 0 && by.Length == 0))
        {
            return CelValue.Of(text);
        }
        var result = new StringBuilder();
        var at = 0;
        for (var done = 0L; count < 0 || done < count; done++)
        {
            int next;
            if (old.Length == 0)
            {
                next = at;
                if (done > 0)
                {
                    if (at >= text.Length)
                    {
                        break;
                    }
                    next = at + (char.IsHighSurrogate(text[at]) && at + 1 < text.Length ? 2 : 1);
                }
            }
            else
            {
                next = text.IndexOf(old, at, StringComparison.Ordinal);
                if (next < 0)
                {
                    break;
                }
            }
            result.Append(text, at, next - at).Append(by);
            at = next + old.Length;
            if (result.Length > MaxLength)
            {
                return CelValue.Error("string too long");
            }
        }
        return CelValue.Of(result.Append(text, at, text.Length - at).ToString());
    }

    /// <param name="count">Negative: all.</param>
    private static CelValue Split(string text, string separator, long count)
    {
        var parts = new List<CelValue>();
        if (count == 0)
        {
            return CelValue.Of(new CelValueList(parts));
        }
        var at = 0;
        while (count < 0 || parts.Count < count - 1)
        {
            int next;
            if (separator.Length == 0)
            {
                if (at >= text.Length)
                {
                    break;
                }
                next = at + (char.IsHighSurrogate(text[at]) && at + 1 < text.Length ? 2 : 1);
                if (next >= text.Length)
                {
                    break;
                }
            }
            else
            {
                next = text.IndexOf(separator, at, StringComparison.Ordinal);
                if (next < 0)
                {
                    break;
                }
            }
            parts.Add(CelValue.Of(text[at..next]));
            at = next + separator.Length;
        }
        if (separator.Length > 0 || at < text.Length)
        {
            parts.Add(CelValue.Of(text[at..]));
        }
        return CelValue.Of(new CelValueList(parts));
    }

    private static CelValue Substring(string text, long start, long? end)
    {
        var length = CelText.Length(text);
        if (end is { } last && start > last)
        {
            return CelValue.Error($"invalid substring range. start: {start}, end: {last}");
        }
        if (start < 0 || start > length)
        {
            return OutOfRange(start);
        }
        if (end is { } to && (to < 0 || to > length))
        {
            return OutOfRange(to);
        }
        return CelValue.Of(text[CelText.Offset(text, (int)start)..CelText.Offset(text, (int)(end ?? length))]);
    }

    private static CelValue Join(CelList list, string separator)
    {
        var text = new StringBuilder();
        for (var i = 0; i < list.Count; i++)
        {
            if (list[i] is not { Kind: CelKind.String } item)
            {
                return CelValue.Error($"join: invalid input: {list[i]}");
            }
            if (i > 0)
            {
                text.Append(separator);
            }
            text.Append(item.AsString);
        }
        return CelValue.Of(text.ToString());
    }

    private static string Quote(string value)
    {
        var text = new StringBuilder("\"", value.Length + 2);
        foreach (var c in value)
        {
            text.Append(c switch
            {
                '\a' => "\\a",
                '\b' => "\\b",
                '\f' => "\\f",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                '\v' => "\\v",
                '\\' => "\\\\",
                '"' => "\\\"",
                _ => null,
            } ?? c.ToString());
        }
        return text.Append('"').ToString();
    }

    private static CelValue OutOfRange(long index) => CelValue.Error($"index out of range: {index}");
}
