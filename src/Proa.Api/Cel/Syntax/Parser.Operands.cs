using System.Globalization;
using Proa.Api.Cel.Values;

namespace Proa.Api.Cel.Syntax;

/// <summary>What operators stand between: names, calls, selections, lists, maps, messages, literals.</summary>
internal sealed partial class Parser
{
    private Expr Member()
    {
        var before = _members++;
        var operand = Primary();
        while (!_failed)
        {
            if (Current.Is("."))
            {
                operand = Select(operand);
            }
            else if (Current.Is("["))
            {
                var offset = Take().Start;
                var optional = Optional();
                var index = Enclosed("]", Expression);
                Expect("]");
                operand = Call(offset, optional ? Operators.OptionalIndex : Operators.Index, operand, index);
            }
            else
            {
                break;
            }
            if (++_members > MaxDepth)
            {
                return TooDeep();
            }
        }
        _members = before;
        return operand;
    }

    private Expr Select(Expr operand)
    {
        var dot = Take();
        if (Current.Is("?"))
        {
            Take();
            if (!ExpectName(Names))
            {
                return new ErrorExpr(Current.Start);
            }
            var chosen = Take();
            return Call(dot.Start, Operators.OptionalSelect, operand, new LiteralExpr(chosen.Start, CelValue.Of(chosen.Text)));
        }
        if (Current.Kind == TokenKind.EscapedIdentifier)
        {
            Issue(Current.Start, "unsupported syntax: '`'");
            return new SelectExpr(dot.Start, operand, Take().Text);
        }
        if (Current.Kind != TokenKind.Identifier)
        {
            return Current.Kind is TokenKind.True or TokenKind.False or TokenKind.Null
                ? Syntax(Current, $"mismatched input {Current.Shown} expecting IDENTIFIER")
                : NoAlternative(dot, Current);
        }
        var name = Take();
        if (!Current.Is("("))
        {
            return new SelectExpr(dot.Start, operand, name.Text);
        }
        var open = Take().Start;
        var args = Arguments();
        return Macros.Expand(open, name.Text, operand, args, _bindings, _issues) ?? new CallExpr(open, name.Text, operand, args);
    }

    private Expr Primary()
    {
        var token = Current;
        switch (token.Kind)
        {
            case TokenKind.Identifier:
                return Named(token);
            case TokenKind.Symbol when token.Text == ".":
                Take();
                return Current.Kind == TokenKind.Identifier ? Named(token) : NoAlternative(token, Current);
            case TokenKind.Symbol when token.Text == "(":
                Take();
                var nested = Enclosed(")", Expression);
                Expect(")");
                return nested;
            case TokenKind.Symbol when token.Text == "[":
                return List(Take().Start);
            case TokenKind.Symbol when token.Text == "{":
                return Map(Take().Start);
            case TokenKind.Symbol when token.Text == "-":
                Take();
                return Literal(Take(), token.Start, "-");
            default:
                return Literal(Take(), token.Start, "");
        }
    }

    /// <summary>A variable, a call or a message, whose name may begin with a dot.</summary>
    private Expr Named(Token first)
    {
        if (IsMessage())
        {
            return Message(first.Is(".") ? "." : "");
        }
        var name = Take();
        if (s_reserved.Contains(name.Text))
        {
            if (Current.Is("("))
            {
                Take();
                Arguments();
            }
            Issue(first.Start, $"reserved identifier: {name.Text}");
            return new ErrorExpr(first.Start);
        }
        var full = first.Is(".") ? "." + name.Text : name.Text;
        if (!Current.Is("("))
        {
            return new IdentExpr(name.Start, full);
        }
        var open = Take().Start;
        var args = Arguments();
        return Macros.Expand(open, full, null, args, _bindings, _issues) ?? new CallExpr(open, full, null, args);
    }

    private bool IsMessage()
    {
        var at = _at + 1;
        while (at + 1 < _tokens.Count && _tokens[at].Is(".") && _tokens[at + 1].Kind == TokenKind.Identifier)
        {
            at += 2;
        }
        return at < _tokens.Count && _tokens[at].Is("{");
    }

    private StructExpr Message(string name)
    {
        name += Take().Text;
        while (Current.Is("."))
        {
            Take();
            name += "." + Take().Text;
        }
        var offset = Take().Start;
        var fields = new List<StructField>();
        const string First = "'}', ',', '?', " + Names;
        while (!_failed && !Current.Is("}"))
        {
            if (Current.Is(",") && fields.Count == 0)
            {
                Take();
                break;
            }
            var optional = Optional();
            if (!ExpectName(fields.Count == 0 && !optional ? First : Names))
            {
                break;
            }
            var field = Take();
            var colon = Current.Start;
            Expect(":");
            fields.Add(new(colon, field.Text, Enclosed("},", Expression), optional));
            if (!Separator("}"))
            {
                break;
            }
        }
        Expect("}");
        return new StructExpr(offset, name, fields);
    }

    private List<Expr> Arguments()
    {
        var args = new List<Expr>();
        if (Current.Is(")"))
        {
            Take();
            return args;
        }
        if (!ExpectStart(StartOrClose, ")"))
        {
            return args;
        }
        while (!_failed)
        {
            if (Current.Is(")") && args.Count == 0)
            {
                break;
            }
            args.Add(Enclosed("),", Expression));
            if (!Current.Is(","))
            {
                break;
            }
            Take();
        }
        Expect(")");
        return args;
    }

    private ListExpr List(int offset)
    {
        var items = new List<Expr>();
        List<bool>? optionals = null;
        var first = true;
        while (!_failed && !Current.Is("]"))
        {
            if (first && Current.Is(","))
            {
                Take();
                break;
            }
            if (first && !Current.Is("?") && (!ExpectStart(ListStart, "]") || Current.Is("]")))
            {
                break;
            }
            if (!first && !Current.Is("?") && !Current.StartsExpression)
            {
                break;
            }
            first = false;
            if (Optional())
            {
                optionals ??= [.. items.Select(static _ => false)];
                optionals.Add(true);
            }
            else
            {
                optionals?.Add(false);
            }
            items.Add(Enclosed("],", Expression));
            if (!Separator("]"))
            {
                break;
            }
        }
        Expect("]");
        return new ListExpr(offset, items, optionals);
    }

    private MapExpr Map(int offset)
    {
        var entries = new List<MapEntry>();
        var first = true;
        while (!_failed && !Current.Is("}"))
        {
            if (first && Current.Is(","))
            {
                Take();
                break;
            }
            if (first && !Current.Is("?") && (!ExpectStart(MapStart, "}") || Current.Is("}")))
            {
                break;
            }
            if (!first && !Current.Is("?") && !Current.StartsExpression)
            {
                break;
            }
            first = false;
            var optional = Optional();
            var key = Enclosed(":", Expression);
            var colon = Current.Start;
            Expect(":");
            entries.Add(new(colon, key, Enclosed("},", Expression), optional));
            if (!Separator("}"))
            {
                break;
            }
        }
        Expect("}");
        return new MapExpr(offset, entries);
    }

    private Expr Literal(Token token, int start, string sign)
    {
        switch (token.Kind)
        {
            case TokenKind.Int:
                return Whole(sign, token.Text, out var number) ? new LiteralExpr(start, CelValue.Of(number)) : Bad(start, "invalid int literal");
            case TokenKind.Uint:
                var digits = token.Text[..^1];
                return (digits.StartsWith("0x", StringComparison.Ordinal)
                        ? ulong.TryParse(digits.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unsigned)
                        : ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out unsigned))
                    ? new LiteralExpr(start, CelValue.Of(unsigned))
                    : Bad(start, "invalid uint literal");
            case TokenKind.Double:
                return double.TryParse(sign + token.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) && double.IsFinite(real)
                    ? new LiteralExpr(start, CelValue.Of(real))
                    : Bad(start, "invalid double literal");
            case TokenKind.String:
                var text = StringLiterals.Text(token.Text, out var wrong);
                return wrong is null ? new LiteralExpr(start, CelValue.Of(text)) : Bad(start, wrong);
            case TokenKind.Bytes:
                var bytes = StringLiterals.Bytes(token.Text, out wrong);
                return wrong is null ? new LiteralExpr(start, CelValue.Of(bytes)) : Bad(start, wrong);
            case TokenKind.True:
                return new LiteralExpr(start, CelValue.True);
            case TokenKind.False:
                return new LiteralExpr(start, CelValue.False);
            default:
                return new LiteralExpr(start, CelValue.Null);
        }
    }

    private static bool Whole(string sign, string digits, out long number)
    {
        if (!digits.StartsWith("0x", StringComparison.Ordinal))
        {
            return long.TryParse(sign + digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
        }
        var read = UInt128.TryParse(digits.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var magnitude);
        var negative = sign.Length > 0;
        var fits = read && magnitude <= (UInt128)long.MaxValue + (negative ? 1u : 0u);
        number = fits ? (long)(negative ? -(Int128)magnitude : (Int128)magnitude) : 0;
        return fits;
    }

    /// <summary>After an item: true when another may follow.</summary>
    private bool Separator(string close)
    {
        if (Current.Is(","))
        {
            Take();
            return true;
        }
        if (!Current.Is(close) && !_failed)
        {
            if (After.Is(close) || After.Is(","))
            {
                Syntax(Current, $"extraneous input {Current.Shown} expecting {{'{close}', ','}}", goOn: true);
                Take();
                return Separator(close);
            }
            Syntax(Current, $"mismatched input {Current.Shown} expecting {{'{close}', ','}}");
        }
        return false;
    }

    private bool Optional()
    {
        if (!Current.Is("?"))
        {
            return false;
        }
        Take();
        return true;
    }

    private Expr Enclosed(string follow, Func<Expr> read)
    {
        _follow.Add(follow);
        var value = read();
        _follow.RemoveAt(_follow.Count - 1);
        return value;
    }
}
