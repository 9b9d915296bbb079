using System.Globalization;
using Proa.Api.Meta;

namespace Proa.Api.Selectors;

/// <summary>A recursive-descent parser of the query form. For one use.</summary>
internal sealed class LabelSelectorParser
{
    private const string Operators = "in, notin, =, ==, !=, gt, lt";
    private readonly List<string> _tokens = [];
    private int _at;

    public LabelSelectorParser(string text) => Scan(text);

    public string? Error { get; private set; }

    public LabelSelector? Parse()
    {
        var requirements = new List<LabelRequirement>();
        while (Peek.Length > 0)
        {
            if (!IsIdentifier(Peek) && Peek != "!")
            {
                return Fail<LabelSelector>($"found '{Peek}', expected: !, identifier, or 'end of string'");
            }
            if (Requirement() is not { } requirement)
            {
                Error = $"unable to parse requirement: {Error}";
                return null;
            }
            requirements.Add(requirement);
            var next = Take();
            if (next.Length == 0)
            {
                break;
            }
            if (next != ",")
            {
                return Fail<LabelSelector>($"found '{next}', expected: ',' or 'end of string'");
            }
            if (!IsIdentifier(Peek) && Peek != "!")
            {
                return Fail<LabelSelector>($"found '{Peek}', expected: identifier after ','");
            }
        }
        return requirements.Count == 0 ? LabelSelector.Everything : new LabelSelector(requirements);
    }

    private string Peek => _tokens[_at];

    private string Take() => _at < _tokens.Count - 1 ? _tokens[_at++] : "";

    private LabelRequirement? Requirement()
    {
        var absent = Peek == "!";
        if (absent)
        {
            Take();
        }
        var key = Take();
        if (!IsIdentifier(key))
        {
            return Fail<LabelRequirement>($"found '{key}', expected: identifier");
        }
        if (Names.QualifiedName(key) is { Length: > 0 } wrong)
        {
            return Fail<LabelRequirement>($"<nil>: Invalid value: {FieldError.Quote(key)}: {string.Join("; ", wrong)}");
        }
        if (absent)
        {
            return new LabelRequirement(key, LabelOperator.DoesNotExist, []);
        }
        if (Peek is "" or ",")
        {
            return new LabelRequirement(key, LabelOperator.Exists, []);
        }
        var symbol = Take();
        LabelOperator? op = symbol switch
        {
            "in" or "=" or "==" => LabelOperator.In,
            "notin" or "!=" => LabelOperator.NotIn,
            ">" => LabelOperator.GreaterThan,
            "<" => LabelOperator.LessThan,
            _ => null,
        };
        if (op is null)
        {
            return Fail<LabelRequirement>($"found '{symbol}', expected: {Operators}");
        }
        var values = symbol is "in" or "notin" ? Values() : Value();
        return values is null ? null : Checked(key, op.Value, values);
    }

    private LabelRequirement? Checked(string key, LabelOperator op, SortedSet<string> values)
    {
        var i = 0;
        foreach (var value in values)
        {
            if (op is LabelOperator.GreaterThan or LabelOperator.LessThan
                && !long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _))
            {
                return Fail<LabelRequirement>($"values[{i}]: Invalid value: {FieldError.Quote(value)}: for 'Gt', 'Lt' operators, the value must be an integer");
            }
            if (Names.LabelValue(value) is { Length: > 0 } wrong)
            {
                return Fail<LabelRequirement>($"values[{i}][{key}]: Invalid value: {FieldError.Quote(value)}: {string.Join("; ", wrong)}");
            }
            i++;
        }
        return new LabelRequirement(key, op, [.. values]);
    }

    private SortedSet<string>? Value()
    {
        if (Peek is "" or ",")
        {
            return [""];
        }
        var value = Take();
        return IsIdentifier(value) ? [value] : Fail<SortedSet<string>>($"found '{value}', expected: identifier");
    }

    private SortedSet<string>? Values()
    {
        var open = Take();
        if (open != "(")
        {
            return Fail<SortedSet<string>>($"found '{open}' expected: '('");
        }
        var values = new SortedSet<string>(StringComparer.Ordinal);
        var expectValue = true;
        while (true)
        {
            var token = Take();
            if (token == ")")
            {
                if (expectValue)
                {
                    values.Add("");
                }
                return values;
            }
            if (token == ",")
            {
                if (expectValue)
                {
                    values.Add("");
                }
                expectValue = true;
            }
            else if (!IsIdentifier(token))
            {
                return Fail<SortedSet<string>>($"found '{token}', expected: ',', or identifier");
            }
            else if (!expectValue)
            {
                return Fail<SortedSet<string>>($"found '{token}', expected: ',' or ')'");
            }
            else
            {
                values.Add(token);
                expectValue = false;
            }
        }
    }

    private T? Fail<T>(string error) where T : class
    {
        Error = error;
        return null;
    }

    private static bool IsIdentifier(string token) => token.Length > 0 && !IsSpecial(token[0]);

    private static bool IsSpecial(char c) => c is '=' or '!' or '(' or ')' or ',' or '>' or '<';

    private void Scan(string text)
    {
        var at = 0;
        while (at < text.Length)
        {
            var c = text[at];
            if (c is ' ' or '\t' or '\r' or '\n')
            {
                at++;
                continue;
            }
            var start = at++;
            if (!IsSpecial(c))
            {
                while (at < text.Length && !IsSpecial(text[at]) && text[at] is not (' ' or '\t' or '\r' or '\n'))
                {
                    at++;
                }
            }
            else if (c is '=' or '!' && at < text.Length && text[at] == '=')
            {
                at++;
            }
            _tokens.Add(text[start..at]);
        }
        _tokens.Add("");
    }
}
