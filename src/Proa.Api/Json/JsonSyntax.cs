using System.Globalization;
using System.Text;

namespace Proa.Api.Json;

/// <summary>Says what is wrong with a text that is not JSON in the original's words, which answers tell. Pure and thread-safe.</summary>
public static class JsonSyntax
{
    private const string Ended = "unexpected end of JSON input";

    /// <param name="utf8">What could not be parsed.</param>
    /// <param name="otherwise">For what this finds nothing wrong with: nesting too deep, bytes that are no text.</param>
    public static string ErrorOf(ReadOnlySpan<byte> utf8, string otherwise)
    {
        var scan = new Scan(utf8);
        if (!scan.Value(0))
        {
            return scan.Error ?? otherwise;
        }
        scan.Space();
        return scan.AtEnd ? otherwise : scan.Unexpected("after top-level value");
    }

    /// <summary>A text in quotes as Go's <c>%q</c> prints it, for ASCII.</summary>
    public static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' or '\\' => quoted.Append('\\').Append(c),
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                '\a' => quoted.Append("\\a"),
                '\b' => quoted.Append("\\b"),
                '\f' => quoted.Append("\\f"),
                '\v' => quoted.Append("\\v"),
                < ' ' or '\x7f' => quoted.Append(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}"),
                _ => quoted.Append(c),
            };
        }
        return quoted.Append('"').ToString();
    }

    private ref struct Scan(ReadOnlySpan<byte> text)
    {
        private readonly ReadOnlySpan<byte> _text = text;
        private int _at;

        public string? Error { get; private set; }

        public readonly bool AtEnd => _at >= _text.Length;

        public void Space()
        {
            while (!AtEnd && _text[_at] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
            {
                _at++;
            }
        }

        /// <returns>The error, for what stands here.</returns>
        public string Unexpected(string where)
        {
            Error ??= AtEnd ? Ended : $"invalid character {Shown((char)_text[_at])} {where}";
            return Error;
        }

        public bool Value(int depth)
        {
            Space();
            if (AtEnd || depth > JsonTree.MaxDepth)
            {
                Error ??= AtEnd ? Ended : null;
                return false;
            }
            switch (_text[_at])
            {
                case (byte)'{':
                    return Object(depth);
                case (byte)'[':
                    return Array(depth);
                case (byte)'"':
                    return String();
                case (byte)'t':
                    return Literal("true");
                case (byte)'f':
                    return Literal("false");
                case (byte)'n':
                    return Literal("null");
                case (byte)'-' or (>= (byte)'0' and <= (byte)'9'):
                    return Number();
                default:
                    return Wrong("looking for beginning of value");
            }
        }

        private bool Object(int depth)
        {
            _at++;
            Space();
            if (Take('}'))
            {
                return true;
            }
            while (true)
            {
                Space();
                if (AtEnd || _text[_at] != '"')
                {
                    return Wrong("looking for beginning of object key string");
                }
                if (!String())
                {
                    return false;
                }
                Space();
                if (!Take(':'))
                {
                    return Wrong("after object key");
                }
                if (!Value(depth + 1))
                {
                    return false;
                }
                Space();
                if (Take('}'))
                {
                    return true;
                }
                if (!Take(','))
                {
                    return Wrong("after object key:value pair");
                }
            }
        }

        private bool Array(int depth)
        {
            _at++;
            Space();
            if (Take(']'))
            {
                return true;
            }
            while (true)
            {
                if (!Value(depth + 1))
                {
                    return false;
                }
                Space();
                if (Take(']'))
                {
                    return true;
                }
                if (!Take(','))
                {
                    return Wrong("after array element");
                }
            }
        }

        private bool String()
        {
            for (_at++; !AtEnd; _at++)
            {
                switch (_text[_at])
                {
                    case (byte)'"':
                        _at++;
                        return true;
                    case < 0x20:
                        return Wrong("in string literal");
                    case (byte)'\\':
                        _at++;
                        if (!Escape())
                        {
                            return false;
                        }
                        break;
                }
            }
            return Wrong("");
        }

        private bool Escape()
        {
            if (AtEnd || !"bfnrt\\/\"u".Contains((char)_text[_at], StringComparison.Ordinal))
            {
                return Wrong("in string escape code");
            }
            if (_text[_at] == 'u')
            {
                for (var i = 0; i < 4; i++)
                {
                    _at++;
                    if (AtEnd || !char.IsAsciiHexDigit((char)_text[_at]))
                    {
                        return Wrong("in \\u hexadecimal character escape");
                    }
                }
            }
            return true;
        }

        private bool Number()
        {
            Take('-');
            if (!Take('0') && !Digits("in numeric literal"))
            {
                return false;
            }
            if (Take('.') && !Digits("after decimal point in numeric literal"))
            {
                return false;
            }
            if (Take('e') || Take('E'))
            {
                _ = Take('+') || Take('-');
                return Digits("in exponent of numeric literal");
            }
            return true;
        }

        private bool Digits(string where)
        {
            if (AtEnd || !char.IsAsciiDigit((char)_text[_at]))
            {
                return Wrong(where);
            }
            while (!AtEnd && char.IsAsciiDigit((char)_text[_at]))
            {
                _at++;
            }
            return true;
        }

        private bool Literal(string word)
        {
            for (var i = 0; i < word.Length; i++, _at++)
            {
                if (AtEnd || _text[_at] != word[i])
                {
                    return Wrong($"in literal {word} (expecting '{word[i]}')");
                }
            }
            return true;
        }

        private bool Take(char c)
        {
            if (AtEnd || _text[_at] != c)
            {
                return false;
            }
            _at++;
            return true;
        }

        private bool Wrong(string where)
        {
            Unexpected(where);
            return false;
        }

        private static string Shown(char c) => c switch
        {
            '\'' => @"'\''",
            '\\' => @"'\\'",
            '\n' => @"'\n'",
            '\r' => @"'\r'",
            '\t' => @"'\t'",
            < ' ' or '\x7f' => string.Create(CultureInfo.InvariantCulture, $"'\\x{(int)c:x2}'"),
            >= '\x80' and < '\xa0' => string.Create(CultureInfo.InvariantCulture, $"'\\u{(int)c:x4}'"),
            _ => $"'{c}'",
        };
    }
}
