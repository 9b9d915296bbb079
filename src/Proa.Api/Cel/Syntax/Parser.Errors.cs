namespace Proa.Api.Cel.Syntax;

/// <summary>What may stand at a place, and the words for what stands there instead.</summary>
internal sealed partial class Parser
{
    /// <summary>At a place where an expression begins: one token too many is passed over, all else ends the reading.</summary>
    /// <param name="close">What may stand there instead.</param>
    private bool ExpectStart(string expected, string? close = null)
    {
        if (_failed)
        {
            return false;
        }
        if (Current.StartsExpression)
        {
            return true;
        }
        if (Current.Kind != TokenKind.End && (After.StartsExpression || (close is not null && After.Is(close))))
        {
            Syntax(Current, $"extraneous input {Current.Shown} expecting {{{expected}}}", goOn: true);
            Take();
            return true;
        }
        Syntax(Current, $"mismatched input {Current.Shown} expecting {{{expected}}}");
        return false;
    }

    /// <summary>At the place of a field's name.</summary>
    private bool ExpectName(string expected)
    {
        if (_failed || IsName(Current))
        {
            return !_failed;
        }
        if (Current.Kind != TokenKind.End && IsName(After))
        {
            Syntax(Current, $"extraneous input {Current.Shown} expecting {{{expected}}}", goOn: true);
            Take();
            return true;
        }
        Syntax(Current, $"mismatched input {Current.Shown} expecting {{{expected}}}");
        return false;
    }

    private static bool IsName(Token token) => token.Kind is TokenKind.Identifier or TokenKind.EscapedIdentifier;

    private void Expect(string symbol)
    {
        if (_failed)
        {
            return;
        }
        if (Current.Is(symbol))
        {
            Take();
        }
        else if (After.Is(symbol))
        {
            Syntax(Current, $"extraneous input {Current.Shown} expecting '{symbol}'", goOn: true);
            Take();
            Take();
        }
        else if (CanFollow(symbol, Current))
        {
            Syntax(Current, $"missing '{symbol}' at {Current.Shown}", goOn: true);
        }
        else
        {
            Syntax(Current, $"mismatched input {Current.Shown} expecting '{symbol}'");
        }
    }

    private bool CanFollow(string symbol, Token token)
    {
        if (symbol == ":")
        {
            return token.StartsExpression;
        }
        return token.Kind switch
        {
            TokenKind.End => _follow[^1] == "<EOF>",
            TokenKind.In => true,
            TokenKind.Symbol => token.Text is "." or "[" or "?" || Operators.OfRelation(token.Text) is not null
                || token.Text is "+" or "-" or "*" or "/" or "%" or "&&" or "||" || _follow[^1].Contains(token.Text, StringComparison.Ordinal),
            _ => false,
        };
    }

    private ErrorExpr NoAlternative(Token first, Token offending) =>
        Syntax(offending, $"no viable alternative at input '{Escaped(_text[first.Start..offending.End])}'");

    private static string Escaped(string text) =>
        text.Replace("\n", "\\n", StringComparison.Ordinal).Replace("\r", "\\r", StringComparison.Ordinal).Replace("\t", "\\t", StringComparison.Ordinal);

    private ErrorExpr Syntax(Token at, string message, bool goOn = false)
    {
        Issue(at.Start, "Syntax error: " + message);
        if (!goOn)
        {
            Stop();
        }
        return new(at.Start);
    }

    private ErrorExpr TooDeep()
    {
        Issue(-1, $"expression recursion limit exceeded: {MaxDepth}");
        Stop();
        return new(0);
    }

    private ErrorExpr Bad(int offset, string message)
    {
        Issue(offset, message);
        return new(offset);
    }

    private void Issue(int offset, string message)
    {
        if (!_failed)
        {
            _issues.Add(new(offset, message));
        }
    }

    private void Stop()
    {
        _failed = true;
        _at = _tokens.Count - 1;
    }

    private Token Take()
    {
        var token = _tokens[_at];
        if (_at < _tokens.Count - 1)
        {
            _at++;
        }
        return token;
    }

    private static CallExpr Call(int offset, string function, params ReadOnlySpan<Expr> args) => new(offset, function, null, [.. args]);
}
