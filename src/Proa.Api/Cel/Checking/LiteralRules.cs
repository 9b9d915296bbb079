using Proa.Api.Cel.Libraries;
using Proa.Api.Cel.Syntax;
using Proa.Api.Cel.Values;

namespace Proa.Api.Cel.Checking;

/// <summary>Literals that can only fail: durations, times and patterns that do not read, lists of mixed types. For one use.</summary>
internal sealed class LiteralRules(List<CelIssue> issues)
{
    private readonly List<CelIssue> _durations = [];
    private readonly List<CelIssue> _timestamps = [];
    private readonly List<CelIssue> _patterns = [];
    private readonly List<CelIssue> _lists = [];
    private readonly List<CelIssue> _maps = [];

    public static void Check(Expr expr, List<CelIssue> issues)
    {
        var rules = new LiteralRules(issues);
        rules.Visit(expr, exempt: false);
        rules.Report();
    }

    private void Report()
    {
        issues.AddRange(_durations);
        issues.AddRange(_timestamps);
        issues.AddRange(_patterns);
        issues.AddRange(_lists);
        issues.AddRange(_maps);
    }

    private void Visit(Expr? expr, bool exempt)
    {
        switch (expr)
        {
            case SelectExpr select:
                Visit(select.Operand, exempt);
                break;
            case CallExpr call:
                Literal(call);
                var inside = exempt || call.Function == "format";
                Visit(call.Target, inside);
                foreach (var arg in call.Args)
                {
                    Visit(arg, inside);
                }
                break;
            case ListExpr list:
                List(list, exempt);
                break;
            case MapExpr map:
                Map(map, exempt);
                break;
            case StructExpr made:
                foreach (var field in made.Fields)
                {
                    Visit(field.Value, exempt);
                }
                break;
            case ComprehensionExpr comprehension:
                Visit(comprehension.Range, exempt);
                Visit(comprehension.Initial, exempt);
                Visit(comprehension.Condition, exempt);
                Visit(comprehension.Step, exempt);
                Visit(comprehension.Result, exempt);
                break;
        }
    }

    private void Literal(CallExpr call)
    {
        if (call.Args is not [LiteralExpr { Value: var value } literal, ..])
        {
            return;
        }
        switch (call.Function)
        {
            case "duration" when value.Kind == CelKind.String && !CelDuration.TryParse(value.AsString, out _):
                _durations.Add(new(literal.Offset, "invalid duration argument"));
                break;
            case "timestamp" when value.Kind == CelKind.String && !(CelTime.TryParse(value.AsString, out var time) && time.InRange):
                _timestamps.Add(new(literal.Offset, "invalid timestamp argument"));
                break;
            case "matches" when call.Target is not null && value.Kind == CelKind.String && RegularExpressions.Compile(value.AsString, out _) is null:
                _patterns.Add(new(literal.Offset, "invalid matches argument"));
                break;
        }
    }

    private void List(ListExpr list, bool exempt)
    {
        CelType? first = null;
        for (var i = 0; i < list.Elements.Count; i++)
        {
            var item = list.Elements[i];
            Visit(item, exempt);
            var type = item.Type!;
            type = list.IsOptional(i) && type.IsOptional ? type.Element : type;
            if (first is null)
            {
                first = type;
            }
            else if (!exempt && !first.Is(type))
            {
                _lists.Add(new(item.Offset, $"expected type '{first}' but found '{type}'"));
                exempt = true;
            }
        }
    }

    private void Map(MapExpr map, bool exempt)
    {
        CelType? key = null;
        CelType? value = null;
        foreach (var entry in map.Entries)
        {
            Visit(entry.Key, exempt);
            Visit(entry.Value, exempt);
            var type = entry.Value.Type!;
            type = entry.Optional && type.IsOptional ? type.Element : type;
            if (key is null)
            {
                (key, value) = (entry.Key.Type!, type);
                continue;
            }
            if (!exempt && !key.Is(entry.Key.Type!))
            {
                _maps.Add(new(entry.Key.Offset, $"expected type '{key}' but found '{entry.Key.Type}'"));
            }
            if (!exempt && !value!.Is(type))
            {
                _maps.Add(new(entry.Value.Offset, $"expected type '{value}' but found '{type}'"));
            }
        }
    }
}
