namespace Proa.Api.Cel.Syntax;

/// <summary>Cuts a text into tokens. What is no token is told and skipped.</summary>
internal sealed class Lexer(string text, List<CelIssue> issues)
{
    private static readonly string[] s_symbols =
        ["==", "!=", "<=", ">=", "&&", "||", "<", ">", "[", "]", "{", "}", "(", ")", ".", ",", "-", "!", "?", ":", "+", "*", "/", "%"];

    private int _at;

    public List<Token> Read()
    {
        var tokens = new List<Token>();
        while (true)
        {
            SkipBlank();
            if (_at >= text.Length)
            {
                tokens.Add(new(TokenKind.End, text.Length, text.Length, "<EOF>"));
                return tokens;
            }
            if (Next() is { } token)
            {
                tokens.Add(token);
                _at = token.End;
            }
        }
    }

    private Token? Next()
    {
        var c = text[_at];
        if (char.IsAsciiLetter(c) || c == '_')
        {
            return StringAt(_at, out var end, out var bytes) ? Make(bytes ? TokenKind.Bytes : TokenKind.String, end) : Word();
        }
        if (char.IsAsciiDigit(c) || (c == '.' && _at + 1 < text.Length && char.IsAsciiDigit(text[_at + 1])))
        {
            return Number();
        }
        if (c is '"' or '\'')
        {
            return StringAt(_at, out var end, out _) ? Make(TokenKind.String, end) : Unknown(StringEnd(_at));
        }
        if (c == '`')
        {
            var end = _at + 1;
            while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] is '_' or '.' or '-' or '/' or ' '))
            {
                end++;
            }
            return end < text.Length && text[end] == '`' && end > _at + 1 ? Make(TokenKind.EscapedIdentifier, end + 1) : Unknown(end);
        }
        foreach (var symbol in s_symbols)
        {
            if (text.AsSpan(_at).StartsWith(symbol, StringComparison.Ordinal))
            {
                return Make(TokenKind.Symbol, _at + symbol.Length);
            }
        }
        // Half of an operator takes the next character with it.
        return Unknown(c is '=' or '&' or '|' ? _at + 1 : _at);
    }

    private Token Make(TokenKind kind, int end) => new(kind, _at, end, text[_at..end]);

    private Token? Unknown(int last)
    {
        var end = Math.Min(last + 1, text.Length);
        if (char.IsHighSurrogate(text[end - 1]) && end < text.Length)
        {
            end++;
        }
        issues.Add(new(_at, $"Syntax error: token recognition error at: '{text[_at..end]}'"));
        _at = end;
        return null;
    }

    private Token Word()
    {
        var end = _at + 1;
        while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] == '_'))
        {
            end++;
        }
        return Make(text.AsSpan(_at, end - _at) switch
        {
            "true" => TokenKind.True,
            "false" => TokenKind.False,
            "null" => TokenKind.Null,
            "in" => TokenKind.In,
            _ => TokenKind.Identifier,
        }, end);
    }

    private Token Number()
    {
        var end = _at;
        if (text[end] == '0' && end + 2 < text.Length && text[end + 1] == 'x' && char.IsAsciiHexDigit(text[end + 2]))
        {
            end += 2;
            while (end < text.Length && char.IsAsciiHexDigit(text[end]))
            {
                end++;
            }
            return end < text.Length && text[end] is 'u' or 'U' ? Make(TokenKind.Uint, end + 1) : Make(TokenKind.Int, end);
        }
        end = Digits(end);
        if (end < text.Length && text[end] is 'u' or 'U')
        {
            return Make(TokenKind.Uint, end + 1);
        }
        var kind = TokenKind.Int;
        if (end + 1 < text.Length && text[end] == '.' && char.IsAsciiDigit(text[end + 1]))
        {
            kind = TokenKind.Double;
            end = Digits(end + 1);
        }
        if (end < text.Length && text[end] is 'e' or 'E')
        {
            var exponent = end + 1;
            if (exponent < text.Length && text[exponent] is '+' or '-')
            {
                exponent++;
            }
            if (exponent < text.Length && char.IsAsciiDigit(text[exponent]))
            {
                kind = TokenKind.Double;
                end = Digits(exponent);
            }
        }
        return Make(kind, end);
    }

    private int Digits(int at)
    {
        while (at < text.Length && char.IsAsciiDigit(text[at]))
        {
            at++;
        }
        return at;
    }

    /// <summary>A string with its prefixes: <c>r</c>, <c>b</c>, both in either order.</summary>
    private bool StringAt(int start, out int end, out bool bytes)
    {
        var at = start;
        bytes = false;
        var raw = false;
        while (at < text.Length && text[at] is 'r' or 'R' or 'b' or 'B')
        {
            if (text[at] is 'b' or 'B')
            {
                // Bytes may be raw; raw is never bytes.
                if (bytes || raw)
                {
                    end = 0;
                    return false;
                }
                bytes = true;
            }
            else
            {
                if (raw)
                {
                    end = 0;
                    return false;
                }
                raw = true;
            }
            at++;
        }
        end = 0;
        if (at >= text.Length || text[at] is not ('"' or '\''))
        {
            return false;
        }
        var quote = text[at];
        if (at + 2 < text.Length && text[at + 1] == quote && text[at + 2] == quote && Close(at + 3, quote, 3, raw, out end))
        {
            return true;
        }
        return Close(at + 1, quote, 1, raw, out end);
    }

    private bool Close(int at, char quote, int count, bool raw, out int end)
    {
        while (at < text.Length)
        {
            var c = text[at];
            if (c == quote && (count == 1 || (at + 2 < text.Length && text[at + 1] == quote && text[at + 2] == quote)))
            {
                end = at + count;
                return true;
            }
            if (count == 1 && c is '\n' or '\r')
            {
                break;
            }
            if (c == '\\' && !raw)
            {
                var length = StringLiterals.EscapeLength(text, at);
                if (length == 0)
                {
                    break;
                }
                at += length;
                continue;
            }
            at++;
        }
        end = 0;
        return false;
    }

    /// <summary>How far a string that does not end was read.</summary>
    private int StringEnd(int start)
    {
        var quote = text[start];
        for (var at = start + 1; at < text.Length; at++)
        {
            if (text[at] is '\n' or '\r' || text[at] == quote)
            {
                return at;
            }
            if (text[at] == '\\')
            {
                var length = StringLiterals.EscapeLength(text, at);
                if (length == 0)
                {
                    return at + 1;
                }
                at += length - 1;
            }
        }
        return text.Length - 1;
    }

    private void SkipBlank()
    {
        while (_at < text.Length)
        {
            if (text[_at] is ' ' or '\t' or '\r' or '\n' or '\f')
            {
                _at++;
            }
            else if (text[_at] == '/' && _at + 1 < text.Length && text[_at + 1] == '/')
            {
                while (_at < text.Length && text[_at] != '\n')
                {
                    _at++;
                }
            }
            else
            {
                return;
            }
        }
    }
}
