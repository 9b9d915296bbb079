namespace Proa.Api.Cel.Checking;

/// <summary>
/// What the type parameters of one expression stand for. Attempts that fail are undone. For one check.
/// </summary>
internal sealed class TypeMapping
{
    private readonly Dictionary<string, CelType> _bound = new(StringComparer.Ordinal);
    private readonly List<(string Name, CelType? Before)> _trail = [];
    private int _fresh;

    public CelType Fresh() => CelType.ParameterNamed($"_var{_fresh++}");

    /// <summary>True when a value of the first type may be where the second is asked for; what parameters stand for is then noted.</summary>
    public bool IsAssignable(CelType from, CelType to)
    {
        var mark = _trail.Count;
        if (Assignable(from, to))
        {
            return true;
        }
        Undo(mark);
        return false;
    }

    public bool AreAssignable(IReadOnlyList<CelType> from, IReadOnlyList<CelType> to)
    {
        var mark = _trail.Count;
        if (AllAssignable(from, to))
        {
            return true;
        }
        Undo(mark);
        return false;
    }

    /// <summary>The type with parameters replaced by what they stand for.</summary>
    /// <param name="final">Parameters that stand for nothing become dynamic.</param>
    public CelType Substitute(CelType type, bool final)
    {
        while (type.Kind == CelTypeKind.Parameter)
        {
            if (!_bound.TryGetValue(type.RuntimeName, out var bound))
            {
                return final ? CelType.Dyn : type;
            }
            type = bound;
        }
        if (type.Parameters.Count == 0)
        {
            return type;
        }
        var parameters = new CelType[type.Parameters.Count];
        var changed = false;
        for (var i = 0; i < parameters.Length; i++)
        {
            parameters[i] = Substitute(type.Parameters[i], final);
            changed |= !ReferenceEquals(parameters[i], type.Parameters[i]);
        }
        return changed ? type.With(parameters) : type;
    }

    public static CelType MostGeneral(CelType a, CelType b) => IsLessSpecific(a, b) ? a : b;

    private bool Assignable(CelType from, CelType to)
    {
        if (to.Kind == CelTypeKind.Parameter)
        {
            if (IsValidSubstitution(from, to, out var bound))
            {
                return true;
            }
            if (bound)
            {
                return false;
            }
        }
        if (from.Kind == CelTypeKind.Parameter)
        {
            return IsValidSubstitution(to, from, out _);
        }
        if (from.Kind is CelTypeKind.Dyn or CelTypeKind.Error || to.Kind is CelTypeKind.Dyn or CelTypeKind.Error)
        {
            return true;
        }
        if (from.Kind == CelTypeKind.Null)
        {
            return IsNullable(to);
        }
        if (to.Kind == CelTypeKind.Null)
        {
            return IsNullable(from);
        }
        return from.Kind switch
        {
            CelTypeKind.Type => to.Kind == CelTypeKind.Type,
            CelTypeKind.Opaque or CelTypeKind.List or CelTypeKind.Map =>
                from.Kind == to.Kind && from.RuntimeName == to.RuntimeName && AllAssignable(from.Parameters, to.Parameters),
            _ => from.Is(to),
        };
    }

    private bool AllAssignable(IReadOnlyList<CelType> from, IReadOnlyList<CelType> to)
    {
        if (from.Count != to.Count)
        {
            return false;
        }
        for (var i = 0; i < from.Count; i++)
        {
            if (!Assignable(from[i], to[i]))
            {
                return false;
            }
        }
        return true;
    }

    private bool IsValidSubstitution(CelType type, CelType parameter, out bool bound)
    {
        bound = false;
        if (type.Kind == CelTypeKind.Parameter && type.RuntimeName == parameter.RuntimeName)
        {
            bound = true;
            return true;
        }
        if (_bound.TryGetValue(parameter.RuntimeName, out var found))
        {
            bound = true;
            if (type.Is(found))
            {
                return true;
            }
            if (!Assignable(type, found))
            {
                return false;
            }
            var general = MostGeneral(type, found);
            if (!Occurs(parameter, general))
            {
                Bind(parameter, general);
            }
            return true;
        }
        if (Occurs(parameter, type))
        {
            return false;
        }
        Bind(parameter, type);
        return true;
    }

    private bool Occurs(CelType parameter, CelType within)
    {
        if (within.Kind == CelTypeKind.Parameter)
        {
            return within.RuntimeName == parameter.RuntimeName
                || (_bound.TryGetValue(within.RuntimeName, out var bound) && Occurs(parameter, bound));
        }
        foreach (var part in within.Parameters)
        {
            if (Occurs(parameter, part))
            {
                return true;
            }
        }
        return false;
    }

    private void Bind(CelType parameter, CelType type)
    {
        _trail.Add((parameter.RuntimeName, _bound.GetValueOrDefault(parameter.RuntimeName)));
        _bound[parameter.RuntimeName] = type;
    }

    private void Undo(int mark)
    {
        for (var i = _trail.Count - 1; i >= mark; i--)
        {
            var (name, before) = _trail[i];
            if (before is null)
            {
                _bound.Remove(name);
            }
            else
            {
                _bound[name] = before;
            }
        }
        _trail.RemoveRange(mark, _trail.Count - mark);
    }

    private static bool IsNullable(CelType type) =>
        type.Kind is CelTypeKind.Null or CelTypeKind.Opaque or CelTypeKind.Struct or CelTypeKind.Timestamp or CelTypeKind.Duration;

    private static bool IsLessSpecific(CelType a, CelType b)
    {
        if (a.Kind is CelTypeKind.Dyn or CelTypeKind.Parameter)
        {
            return true;
        }
        if (b.Kind is CelTypeKind.Dyn or CelTypeKind.Parameter || a.Kind != b.Kind)
        {
            return false;
        }
        switch (a.Kind)
        {
            case CelTypeKind.Type:
                return true;
            case CelTypeKind.Opaque or CelTypeKind.List or CelTypeKind.Map:
                if (a.RuntimeName != b.RuntimeName || a.Parameters.Count != b.Parameters.Count)
                {
                    return false;
                }
                for (var i = 0; i < a.Parameters.Count; i++)
                {
                    if (!IsLessSpecific(a.Parameters[i], b.Parameters[i]))
                    {
                        return false;
                    }
                }
                return true;
            default:
                return a.Is(b);
        }
    }
}
