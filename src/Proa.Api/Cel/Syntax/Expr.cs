using Proa.Api.Cel.Checking;
using Proa.Api.Cel.Values;

namespace Proa.Api.Cel.Syntax;

/// <summary>A node of an expression. The checker notes its type; nothing else changes it.</summary>
/// <param name="offset">The place that messages name: of an operator its sign, of a call its opening bracket.</param>
internal abstract class Expr(int offset)
{
    public int Offset { get; } = offset;

    public CelType? Type { get; set; }
}

internal sealed class LiteralExpr(int offset, CelValue value) : Expr(offset)
{
    public CelValue Value { get; } = value;
}

internal sealed class IdentExpr(int offset, string name) : Expr(offset)
{
    public string Name { get; } = name;

    /// <summary>Set by the checker where the name is that of a type.</summary>
    public CelValue? Constant { get; set; }
}

internal sealed class SelectExpr(int offset, Expr operand, string field, bool testOnly = false) : Expr(offset)
{
    public Expr Operand { get; } = operand;

    public string Field { get; } = field;

    /// <summary>It asks whether the field is there: <c>has(a.b)</c>.</summary>
    public bool TestOnly { get; } = testOnly;

    /// <summary>Set by the checker where the dotted name is that of a variable or a type.</summary>
    public IdentExpr? Resolved { get; set; }
}

internal sealed class CallExpr(int offset, string function, Expr? target, IReadOnlyList<Expr> args) : Expr(offset)
{
    /// <summary>Operators by the names that the language gives them, such as <c>_+_</c>.</summary>
    public string Function { get; set; } = function;

    /// <summary>Of a call such as <c>target.function()</c>; the checker removes it where it is part of the function's name.</summary>
    public Expr? Target { get; set; } = target;

    public IReadOnlyList<Expr> Args { get; } = args;

    /// <summary>Those that fit, as the checker found them.</summary>
    public List<Overload> Overloads { get; set; } = [];
}

internal sealed class ListExpr(int offset, IReadOnlyList<Expr> elements, IReadOnlyList<bool>? optional = null) : Expr(offset)
{
    public IReadOnlyList<Expr> Elements { get; } = elements;

    public bool IsOptional(int index) => optional is not null && optional[index];
}

internal sealed class MapExpr(int offset, IReadOnlyList<MapEntry> entries) : Expr(offset)
{
    public IReadOnlyList<MapEntry> Entries { get; } = entries;
}

internal sealed record MapEntry(int Offset, Expr Key, Expr Value, bool Optional);

internal sealed class StructExpr(int offset, string typeName, IReadOnlyList<StructField> fields) : Expr(offset)
{
    public string TypeName { get; } = typeName;

    public IReadOnlyList<StructField> Fields { get; } = fields;
}

internal sealed record StructField(int Offset, string Name, Expr Value, bool Optional);

/// <summary>
/// What macros become: for each item of a range, while the condition holds, the accumulator takes the step's value; then the
/// result is evaluated.
/// </summary>
internal sealed class ComprehensionExpr(
    int offset, Expr range, string variable, string? variable2, string accumulator, Expr initial, Expr condition, Expr step, Expr result) : Expr(offset)
{
    public Expr Range { get; } = range;

    public string Variable { get; } = variable;

    public string? Variable2 { get; } = variable2;

    public string Accumulator { get; } = accumulator;

    public Expr Initial { get; } = initial;

    public Expr Condition { get; } = condition;

    public Expr Step { get; } = step;

    public Expr Result { get; } = result;

    /// <summary>A name for a value: no range, only the accumulator.</summary>
    public bool IsBind => Range is ListExpr { Elements.Count: 0 } && Condition is LiteralExpr { Value.IsFalse: true } && Accumulator != Macros.Accumulator;
}

/// <summary>In the place of what could not be read.</summary>
internal sealed class ErrorExpr(int offset) : Expr(offset);
