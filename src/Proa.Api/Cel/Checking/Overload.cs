using Proa.Api.Cel.Values;

namespace Proa.Api.Cel.Checking;

/// <summary>What a function does with its arguments; of a member function the first is the value before the dot. Pure.</summary>
public delegate CelValue CelFunction(ReadOnlySpan<CelValue> args);

/// <summary>One form of a function. Immutable.</summary>
/// <param name="Id">Its name for costs and messages, such as <c>string_char_at_int</c>.</param>
/// <param name="IsMember">Called as <c>x.f()</c>.</param>
/// <param name="Body">Null where the evaluator knows it by itself.</param>
public sealed record Overload(string Function, string Id, bool IsMember, CelType[] Args, CelType Result, CelFunction? Body)
{
    public bool IsGeneric { get; } = HasParameter(Result) || Array.Exists(Args, HasParameter);

    /// <summary>Whether values may be given to it.</summary>
    public bool Accepts(ReadOnlySpan<CelValue> args)
    {
        if (args.Length != Args.Length)
        {
            return false;
        }
        for (var i = 0; i < args.Length; i++)
        {
            if (!Accepts(Args[i], args[i]))
            {
                return false;
            }
        }
        return true;
    }

    private static bool Accepts(CelType type, in CelValue value) => type.Kind switch
    {
        CelTypeKind.Dyn or CelTypeKind.Parameter => true,
        CelTypeKind.Null => value.Kind == CelKind.Null,
        CelTypeKind.Bool => value.Kind == CelKind.Bool,
        CelTypeKind.Int => value.Kind == CelKind.Int,
        CelTypeKind.Uint => value.Kind == CelKind.Uint,
        CelTypeKind.Double => value.Kind == CelKind.Double,
        CelTypeKind.String => value.Kind == CelKind.String,
        CelTypeKind.Bytes => value.Kind == CelKind.Bytes,
        CelTypeKind.Timestamp => value.Kind == CelKind.Timestamp,
        CelTypeKind.Duration => value.Kind == CelKind.Duration,
        CelTypeKind.List => value.Kind == CelKind.List,
        CelTypeKind.Map or CelTypeKind.Struct => value.Kind == CelKind.Map,
        CelTypeKind.Type => value.Kind == CelKind.Type,
        CelTypeKind.Opaque when type.IsOptional => value.Kind == CelKind.Optional,
        CelTypeKind.Opaque => value.Kind == CelKind.Opaque && value.AsOpaque.Type.RuntimeName == type.RuntimeName,
        _ => false,
    };

    private static bool HasParameter(CelType type)
    {
        if (type.Kind == CelTypeKind.Parameter)
        {
            return true;
        }
        foreach (var part in type.Parameters)
        {
            if (HasParameter(part))
            {
                return true;
            }
        }
        return false;
    }
}
