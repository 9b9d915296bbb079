using System.Globalization;
using System.Text;

namespace Proa.Api.Cel.Syntax;

/// <summary>What string and bytes literals mean.</summary>
internal static class StringLiterals
{
    /// <summary>The length of the escape at a backslash; 0 when it is none.</summary>
    public static int EscapeLength(string text, int at)
    {
        if (at + 1 >= text.Length)
        {
            return 0;
        }
        switch (text[at + 1])
        {
            case 'a' or 'b' or 'f' or 'n' or 'r' or 't' or 'v' or '"' or '\'' or '\\' or '?' or '`':
                return 2;
            case >= '0' and <= '3':
                return at + 3 < text.Length && text[at + 2] is >= '0' and <= '7' && text[at + 3] is >= '0' and <= '7' ? 4 : 0;
            case 'x' or 'X':
                return Hex(text, at + 2, 2) ? 4 : 0;
            case 'u':
                return Hex(text, at + 2, 4) ? 6 : 0;
            case 'U':
                return Hex(text, at + 2, 8) ? 10 : 0;
            default:
                return 0;
        }
    }

    /// <param name="token">With its quotes and prefixes.</param>
    /// <param name="error">What is wrong; null: nothing.</param>
    public static string Text(string token, out string? error)
    {
        var body = Body(token, out var raw);
        error = null;
        if (raw || !body.Contains('\\', StringComparison.Ordinal))
        {
            return body;
        }
        var text = new StringBuilder(body.Length);
        for (var at = 0; at < body.Length;)
        {
            if (body[at] != '\\')
            {
                text.Append(body[at++]);
                continue;
            }
            var (value, length) = Escape(body, at);
            at += length;
            if (!Rune.TryCreate(value, out var rune))
            {
                error = "invalid unicode code point";
                return token;
            }
            text.Append(rune.ToString());
        }
        return text.ToString();
    }

    /// <inheritdoc cref="Text"/>
    public static byte[] Bytes(string token, out string? error)
    {
        var body = Body(token, out var raw);
        error = null;
        if (raw)
        {
            return Encoding.UTF8.GetBytes(body);
        }
        var bytes = new List<byte>(body.Length);
        for (var at = 0; at < body.Length;)
        {
            if (body[at] != '\\')
            {
                var next = body.IndexOf('\\', at);
                next = next < 0 ? body.Length : next;
                bytes.AddRange(Encoding.UTF8.GetBytes(body[at..next]));
                at = next;
                continue;
            }
            if (body[at + 1] is 'u' or 'U')
            {
                error = "unable to unescape string";
                return [];
            }
            var (value, length) = Escape(body, at);
            at += length;
            bytes.Add((byte)value);
        }
        return [.. bytes];
    }

    private static string Body(string token, out bool raw)
    {
        var text = token.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        var start = 0;
        raw = false;
        while (text[start] is not ('"' or '\''))
        {
            raw |= text[start] is 'r' or 'R';
            start++;
        }
        var quote = text[start];
        var quotes = text.Length - start >= 6 && text[start + 1] == quote && text[start + 2] == quote ? 3 : 1;
        return text[(start + quotes)..^quotes];
    }

    private static (int Value, int Length) Escape(string text, int at)
    {
        var length = EscapeLength(text, at);
        var c = text[at + 1];
        return (c switch
        {
            'a' => 7,
            'b' => 8,
            'f' => 12,
            'n' => 10,
            'r' => 13,
            't' => 9,
            'v' => 11,
            >= '0' and <= '3' => (c - '0') * 64 + (text[at + 2] - '0') * 8 + (text[at + 3] - '0'),
            'x' or 'X' or 'u' or 'U' => unchecked((int)uint.Parse(text.AsSpan(at + 2, length - 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)),
            _ => c,
        }, length);
    }

    private static bool Hex(string text, int at, int count)
    {
        for (var i = at; i < at + count; i++)
        {
            if (i >= text.Length || !char.IsAsciiHexDigit(text[i]))
            {
                return false;
            }
        }
        return true;
    }
}
