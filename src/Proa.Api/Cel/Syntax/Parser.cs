using System.Collections.Frozen;
using Proa.Api.Cel.Values;

namespace Proa.Api.Cel.Syntax;

/// <summary>
/// Reads an expression. Bounded: neither long texts nor deep nesting take it down. Errors are worded as the reference
/// implementation's generated parser words them, up to the first from which it would have to recover by guessing.
/// </summary>
internal sealed partial class Parser
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
}
