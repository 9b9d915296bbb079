using System.Collections.Frozen;
using System.Globalization;
using Proa.Api.Cel.Values;

namespace Proa.Api.Cel.Syntax;

/// <summary>
/// Reads an expression. Bounded: neither long texts nor deep nesting take it down. Errors are worded as the reference
/// implementation's generated parser words them, up to the first from which it would have to recover by guessing.
/// </summary>
internal sealed class Parser
{
    public const int MaxCodePoints = 100_000;
    private const int MaxDepth = 250;
    private const string Names = "IDENTIFIER, ESC_IDENTIFIER";
    private const string Start = "'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER";
    private const string StartOrClose = "'[', '{', '(', ')', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER";
    private const string ListStart = "'[', ']', '{', '(', '.', ',', '-', '!', '?', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER";
    private const string MapStart = "'[', '{', '}', '(', '.', ',', '-', '!', '?', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER";

    private static readonly FrozenSet<string> s_reserved = FrozenSet.Create(StringComparer.Ordinal,
        "as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let", "loop", "package",
        "namespace", "null", "return", "true", "var", "void", "while");

    private readonly string _text;
    private readonly List<Token> _tokens;
    private readonly List<CelIssue> _issues;
    private readonly bool _bindings;
    private readonly List<string> _follow = ["<EOF>"];
    private int _at;
    private bool _failed;
    private int _expressions;
    private int _relations;
    private int _calculations;
    private int _members;

    private Parser(string text, bool bindings, List<CelIssue> issues)
    {
        _text = text;
        _bindings = bindings;
        _issues = issues;
        _tokens = new Lexer(text, issues).Read();
    }

    private Token Current => _tokens[_at];

    private Token After => _tokens[Math.Min(_at + 1, _tokens.Count - 1)];

    /// <summary>Reads a text; whatever is wrong with it is added to the issues.</summary>
    /// <param name="bindings">Whether expressions may use <c>cel.bind</c>.</param>
    public static Expr Parse(string text, bool bindings, List<CelIssue> issues)
    {
        var length = CelText.Length(text);
        if (length > MaxCodePoints)
        {
            issues.Add(new(-1, $"expression code point size exceeds limit: size: {length}, limit {MaxCodePoints}"));
            return new ErrorExpr(0);
        }
        var parser = new Parser(text, bindings, issues);
        var read = parser.Expression();
        if (!parser._failed && parser.Current.Kind != TokenKind.End)
        {
            parser.Syntax(parser.Current, parser.After.Kind == TokenKind.End
                ? $"extraneous input {parser.Current.Shown} expecting <EOF>"
                : $"mismatched input {parser.Current.Shown} expecting <EOF>");
        }
        return read;
    }

    private Expr Expression()
    {
        if (++_expressions > MaxDepth)
        {
            return TooDeep();
        }
        var condition = Or();
        if (Current.Is("?"))
        {
            var offset = Take().Start;
            _follow.Add(":");
            var then = Or();
            _follow.RemoveAt(_follow.Count - 1);
            Expect(":");
            var otherwise = Expression();
            condition = Call(offset, Operators.Conditional, condition, then, otherwise);
        }
        _expressions--;
        return condition;
    }

    private Expr Or()
    {
        var first = And();
        if (!Current.Is("||"))
        {
            return first;
        }
        List<Expr> terms = [first];
        List<int> signs = [];
        while (Current.Is("||"))
        {
            signs.Add(Take().Start);
            terms.Add(And());
        }
        return Balanced(Operators.Or, terms, signs, 0, signs.Count - 1);
    }

    private Expr And()
    {
        var first = Relation();
        if (!Current.Is("&&"))
        {
            return first;
        }
        List<Expr> terms = [first];
        List<int> signs = [];
        while (Current.Is("&&"))
        {
            signs.Add(Take().Start);
            terms.Add(Relation());
        }
        return Balanced(Operators.And, terms, signs, 0, signs.Count - 1);
    }

    /// <summary>Long chains of a logical operator become shallow trees.</summary>
    private static CallExpr Balanced(string function, List<Expr> terms, List<int> signs, int low, int high)
    {
        var middle = (low + high + 1) / 2;
        var left = middle == low ? terms[middle] : Balanced(function, terms, signs, low, middle - 1);
        var right = middle == high ? terms[middle + 1] : Balanced(function, terms, signs, middle + 1, high);
        return Call(signs[middle], function, left, right);
    }

    private Expr Relation()
    {
        var before = _relations++;
        var left = Calculation(additive: true);
        while ((Current.Kind is TokenKind.Symbol or TokenKind.In) && Operators.OfRelation(Current.Text) is { } function)
        {
            if (++_relations > MaxDepth)
            {
                return TooDeep();
            }
            var offset = Take().Start;
            left = Call(offset, function, left, Calculation(additive: true));
        }
        _relations = before;
        return left;
    }

    private Expr Calculation(bool additive)
    {
        var before = _calculations++;
        var left = additive ? Calculation(additive: false) : Unary();
        while (Current.Kind == TokenKind.Symbol && Sign(Current.Text, additive) is { } function)
        {
            if (++_calculations > MaxDepth)
            {
                return TooDeep();
            }
            var offset = Take().Start;
            left = Call(offset, function, left, additive ? Calculation(additive: false) : Unary());
        }
        _calculations = before;
        return left;
    }

    private static string? Sign(string sign, bool additive) => (sign, additive) switch
    {
        ("+", true) => Operators.Add,
        ("-", true) => Operators.Subtract,
        ("*", false) => Operators.Multiply,
        ("/", false) => Operators.Divide,
        ("%", false) => Operators.Modulo,
        _ => null,
    };

    private Expr Unary()
    {
        if (!ExpectStart(Start))
        {
            return new ErrorExpr(Current.Start);
        }
        if (Current.Is("!") || (Current.Is("-") && After.Kind is not (TokenKind.Int or TokenKind.Double)))
        {
            var sign = Current;
            var count = 0;
            while (Current.Is(sign.Text))
            {
                count++;
                Take();
            }
            if (!Current.StartsExpression || Current.Is("!") || (Current.Is("-") && After.Kind is not (TokenKind.Int or TokenKind.Double)))
            {
                return sign.Text == "!" && Current.Kind == TokenKind.End
                    ? Syntax(Current, $"extraneous input '<EOF>' expecting {{{Start}}}")
                    : NoAlternative(Current.Is("-") ? Current : sign, Current.Is("-") ? After : Current);
            }
            var operand = Member();
            return count % 2 == 0 ? operand : Call(sign.Start, sign.Text == "!" ? Operators.Not : Operators.Negate, operand);
        }
        return Member();
    }

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
        Syntax(offending, $"no viable alternative at input '{_text[first.Start..offending.End]}'");

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
