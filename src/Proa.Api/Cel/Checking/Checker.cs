using Proa.Api.Cel.Syntax;
using Proa.Api.Cel.Values;

namespace Proa.Api.Cel.Checking;

/// <summary>Finds the type of every part of an expression, and what does not fit. For one use.</summary>
internal sealed class Checker
{
    private readonly CelEnvironment _environment;
    private readonly List<CelIssue> _issues;
    private readonly TypeMapping _mapping = new();
    private readonly List<(string Name, CelType Type)> _scope = [];
    private readonly List<Expr> _typed = [];

    private Checker(CelEnvironment environment, List<CelIssue> issues) => (_environment, _issues) = (environment, issues);

    public static void Check(Expr expr, CelEnvironment environment, List<CelIssue> issues)
    {
        var checker = new Checker(environment, issues);
        checker.Visit(expr);
        foreach (var part in checker._typed)
        {
            part.Type = checker._mapping.Substitute(part.Type!, final: true);
        }
    }

    private CelType Visit(Expr expr)
    {
        var type = expr switch
        {
            LiteralExpr literal => literal.Value.RuntimeType,
            IdentExpr ident => Ident(ident),
            SelectExpr select => Select(select),
            CallExpr call => Call(call),
            ListExpr list => List(list),
            MapExpr map => Map(map),
            StructExpr made => Struct(made),
            ComprehensionExpr comprehension => Comprehension(comprehension),
            _ => CelType.Error,
        };
        expr.Type = type;
        _typed.Add(expr);
        return type;
    }

    private CelType Ident(IdentExpr ident)
    {
        if (Lookup(ident.Name) is { } variable)
        {
            return variable;
        }
        if (_environment.TypeNamed(ident.Name.TrimStart('.')) is { } type)
        {
            ident.Constant = CelValue.Of(type);
            return CelType.TypeOf(type);
        }
        return Undeclared(ident.Offset, ident.Name);
    }

    private CelType? Lookup(string name)
    {
        if (name.StartsWith('.'))
        {
            return _environment.Variable(name[1..]);
        }
        for (var i = _scope.Count - 1; i >= 0; i--)
        {
            if (_scope[i].Name == name)
            {
                return _scope[i].Type;
            }
        }
        return _environment.Variable(name);
    }

    private CelType Select(SelectExpr select)
    {
        if (!select.TestOnly && QualifiedName(select) is { } name)
        {
            var resolved = new IdentExpr(select.Offset, name);
            if (Lookup(name) is { } variable)
            {
                resolved.Type = variable;
                select.Resolved = resolved;
                return variable;
            }
            if (_environment.TypeNamed(name.TrimStart('.')) is { } type)
            {
                resolved.Constant = CelValue.Of(type);
                select.Resolved = resolved;
                return CelType.TypeOf(type);
            }
        }
        var field = Field(select.Offset, select.Operand, select.Field, optional: false);
        return select.TestOnly ? CelType.Bool : _mapping.Substitute(field, final: false);
    }

    private CelType Field(int offset, Expr operand, string field, bool optional)
    {
        var type = _mapping.Substitute(Visit(operand), final: false);
        var target = type.IsOptional ? type.Element : type;
        var result = CelType.Error;
        switch (target.Kind)
        {
            case CelTypeKind.Map:
                result = target.Value;
                break;
            case CelTypeKind.Struct:
                if (target.TryField(field, out var found))
                {
                    result = found;
                }
                else
                {
                    Issue(offset, $"undefined field '{field}'");
                }
                break;
            case CelTypeKind.Parameter:
                _mapping.IsAssignable(CelType.Dyn, target);
                result = CelType.Dyn;
                break;
            default:
                if (target.Kind is not (CelTypeKind.Dyn or CelTypeKind.Error))
                {
                    Issue(offset, $"type '{target}' does not support field selection");
                }
                result = CelType.Dyn;
                break;
        }
        return type.IsOptional || optional ? CelType.OptionalOf(result) : result;
    }

    private CelType Call(CallExpr call)
    {
        if (call.Function == Operators.OptionalSelect)
        {
            Visit(call.Args[1]);
            call.Overloads = [.. _environment.Functions(Operators.OptionalSelect) ?? []];
            return _mapping.Substitute(Field(call.Offset, call.Args[0], ((LiteralExpr)call.Args[1]).Value.AsString, optional: true), final: false);
        }
        foreach (var arg in call.Args)
        {
            Visit(arg);
        }
        if (call.Target is null)
        {
            var name = call.Function.TrimStart('.');
            if (_environment.Functions(name) is not { } functions)
            {
                return Undeclared(call.Offset, call.Function);
            }
            call.Function = name;
            return Resolve(call, functions);
        }
        if (QualifiedName(call.Target) is { } prefix && _environment.Functions($"{prefix.TrimStart('.')}.{call.Function}") is { } namespaced)
        {
            call.Function = $"{prefix.TrimStart('.')}.{call.Function}";
            call.Target = null;
            return Resolve(call, namespaced);
        }
        Visit(call.Target);
        return _environment.Functions(call.Function) is { } members ? Resolve(call, members) : Undeclared(call.Offset, call.Function);
    }

    private CelType Resolve(CallExpr call, IReadOnlyList<Overload> functions)
    {
        var args = new List<CelType>(call.Args.Count + 1);
        if (call.Target is not null)
        {
            args.Add(call.Target.Type!);
        }
        foreach (var arg in call.Args)
        {
            args.Add(arg.Type!);
        }
        call.Overloads = [];
        if (call.Function is Operators.And or Operators.Or)
        {
            return Logical(call, functions, args);
        }
        CelType? result = null;
        foreach (var overload in functions)
        {
            if (overload.IsMember != call.Target is not null || overload.Args.Length != args.Count)
            {
                continue;
            }
            var (wanted, given) = overload.IsGeneric ? Instantiate(overload) : (overload.Args, overload.Result);
            if (!_mapping.AreAssignable(args, wanted))
            {
                continue;
            }
            call.Overloads.Add(overload);
            var type = _mapping.Substitute(given, final: false);
            result = result is null || result.IsDyn || type.Is(result) ? result ?? type : CelType.Dyn;
        }
        if (result is not null)
        {
            return result;
        }
        for (var i = 0; i < args.Count; i++)
        {
            args[i] = _mapping.Substitute(args[i], final: true);
        }
        var signature = call.Target is null
            ? $"({string.Join(", ", args)})"
            : $"{args[0]}.({string.Join(", ", args.Skip(1))})";
        Issue(call.Offset, $"found no matching overload for '{call.Function}' applied to '{signature}'");
        return CelType.Error;
    }

    private CelType Logical(CallExpr call, IReadOnlyList<Overload> functions, List<CelType> args)
    {
        call.Overloads.Add(functions[0]);
        var fits = true;
        for (var i = 0; i < args.Count; i++)
        {
            if (!_mapping.IsAssignable(args[i], CelType.Bool))
            {
                Mismatch(call.Args[i].Offset, CelType.Bool, args[i]);
                fits = false;
            }
        }
        return fits ? CelType.Bool : CelType.Error;
    }

    private (CelType[] Args, CelType Result) Instantiate(Overload overload)
    {
        var fresh = new Dictionary<string, CelType>(StringComparer.Ordinal);
        return ([.. overload.Args.Select(arg => Replace(arg, fresh))], Replace(overload.Result, fresh));
    }

    private CelType Replace(CelType type, Dictionary<string, CelType> fresh)
    {
        if (type.Kind == CelTypeKind.Parameter)
        {
            if (!fresh.TryGetValue(type.RuntimeName, out var made))
            {
                fresh[type.RuntimeName] = made = _mapping.Fresh();
            }
            return made;
        }
        return type.Parameters.Count == 0 ? type : type.With([.. type.Parameters.Select(part => Replace(part, fresh))]);
    }

    private CelType List(ListExpr list)
    {
        CelType? element = null;
        for (var i = 0; i < list.Elements.Count; i++)
        {
            var item = list.Elements[i];
            element = Join(item, element, Unwrap(item, Visit(item), list.IsOptional(i)));
        }
        return CelType.ListOf(element ?? _mapping.Fresh());
    }

    private CelType Map(MapExpr map)
    {
        CelType? key = null;
        CelType? value = null;
        foreach (var entry in map.Entries)
        {
            key = Join(entry.Key, key, Visit(entry.Key));
            value = Join(entry.Value, value, Unwrap(entry.Value, Visit(entry.Value), entry.Optional));
        }
        return CelType.MapOf(key ?? _mapping.Fresh(), value ?? _mapping.Fresh());
    }

    private CelType Unwrap(Expr at, CelType type, bool optional)
    {
        if (!optional)
        {
            return type;
        }
        if (type.IsOptional)
        {
            return type.Element;
        }
        if (!type.IsDyn)
        {
            Mismatch(at.Offset, CelType.OptionalOf(type), type);
        }
        return type;
    }

    private CelType Join(Expr at, CelType? previous, CelType current)
    {
        if (previous is null)
        {
            return current;
        }
        if (_mapping.IsAssignable(previous, current))
        {
            return TypeMapping.MostGeneral(previous, current);
        }
        Mismatch(at.Offset, previous, current);
        return CelType.Error;
    }

    private CelType Struct(StructExpr made)
    {
        var name = made.TypeName.TrimStart('.');
        var type = _environment.Struct(name);
        if (type is null)
        {
            if (_environment.TypeNamed(name) is { } other)
            {
                Issue(made.Offset, $"'{other}' is not a message type");
            }
            else if (Lookup(made.TypeName) is { } variable)
            {
                Issue(made.Offset, $"'{variable}' is not a type");
            }
            else
            {
                return Undeclared(made.Offset, made.TypeName);
            }
            type = CelType.Error;
        }
        foreach (var field in made.Fields)
        {
            var given = Unwrap(field.Value, Visit(field.Value), field.Optional);
            if (type.Kind != CelTypeKind.Struct)
            {
                continue;
            }
            if (!type.TryField(field.Name, out var wanted))
            {
                Issue(field.Offset, $"undefined field '{field.Name}'");
            }
            else if (!_mapping.IsAssignable(wanted, given))
            {
                Issue(field.Offset, $"expected type of field '{field.Name}' is '{wanted}' but provided type is '{given}'");
            }
        }
        return type;
    }

    private CelType Comprehension(ComprehensionExpr comprehension)
    {
        Visit(comprehension.Range);
        var accumulated = Visit(comprehension.Initial);
        var range = _mapping.Substitute(comprehension.Range.Type!, final: false);
        var mark = _scope.Count;
        _scope.Add((comprehension.Accumulator, accumulated));
        var (first, second) = Items(comprehension, range);
        _scope.Add((comprehension.Variable, first));
        if (comprehension.Variable2 is { } name)
        {
            _scope.Add((name, second));
        }
        Assert(comprehension.Condition, Visit(comprehension.Condition), CelType.Bool);
        Assert(comprehension.Step, Visit(comprehension.Step), accumulated);
        _scope.RemoveRange(mark + 1, _scope.Count - mark - 1);
        var result = Visit(comprehension.Result);
        _scope.RemoveRange(mark, _scope.Count - mark);
        return _mapping.Substitute(result, final: false);
    }

    private (CelType First, CelType Second) Items(ComprehensionExpr comprehension, CelType range)
    {
        var two = comprehension.Variable2 is not null;
        switch (range.Kind)
        {
            case CelTypeKind.List:
                return two ? (CelType.Int, range.Element) : (range.Element, range.Element);
            case CelTypeKind.Map:
                return (range.Element, range.Value);
            case CelTypeKind.Dyn or CelTypeKind.Error or CelTypeKind.Parameter:
                _mapping.IsAssignable(CelType.Dyn, range);
                return (CelType.Dyn, CelType.Dyn);
            default:
                Issue(comprehension.Range.Offset, $"expression of type '{range}' cannot be range of a comprehension (must be list, map, or dynamic)");
                return (CelType.Error, CelType.Error);
        }
    }

    private void Assert(Expr at, CelType actual, CelType expected)
    {
        if (!_mapping.IsAssignable(expected, actual))
        {
            Mismatch(at.Offset, expected, actual);
        }
    }

    private static string? QualifiedName(Expr expr) => expr switch
    {
        IdentExpr ident => ident.Name,
        SelectExpr { TestOnly: false } select when QualifiedName(select.Operand) is { } prefix => $"{prefix}.{select.Field}",
        _ => null,
    };

    private CelType Undeclared(int offset, string name)
    {
        Issue(offset, $"undeclared reference to '{name}' (in container '')");
        return CelType.Error;
    }

    private void Mismatch(int offset, CelType expected, CelType actual) => Issue(offset, $"expected type '{expected}' but found '{actual}'");

    private void Issue(int offset, string message) => _issues.Add(new(offset, message));
}
