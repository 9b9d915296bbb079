using System.Collections.Frozen;
using System.Collections.Immutable;
using Proa.Api.Cel.Libraries;

namespace Proa.Api.Cel.Checking;

/// <summary>What an expression may name: variables, functions, types. Immutable and thread-safe; variants share what they have in common.</summary>
public sealed class CelEnvironment
{
    private static readonly Lazy<CelEnvironment> s_standard = new(static () => new(
        AllLibraries.Overloads().GroupBy(static o => o.Function, StringComparer.Ordinal).ToFrozenDictionary(static g => g.Key, static g => g.ToArray(), StringComparer.Ordinal),
        ImmutableDictionary<string, CelType>.Empty,
        AllLibraries.Types.ToFrozenDictionary(static t => t.RuntimeName, StringComparer.Ordinal),
        static _ => null));

    private readonly FrozenDictionary<string, Overload[]> _functions;
    private readonly ImmutableDictionary<string, CelType> _variables;
    private readonly FrozenDictionary<string, CelType> _types;
    private readonly Func<string, CelType?> _structs;

    private CelEnvironment(
        FrozenDictionary<string, Overload[]> functions, ImmutableDictionary<string, CelType> variables, FrozenDictionary<string, CelType> types, Func<string, CelType?> structs) =>
        (_functions, _variables, _types, _structs) = (functions, variables, types, structs);

    /// <summary>The language with all its libraries and no variables.</summary>
    public static CelEnvironment Standard => s_standard.Value;

    public CelEnvironment With(string variable, CelType type) => new(_functions, _variables.SetItem(variable, type), _types, _structs) { HasBindings = HasBindings };

    /// <summary>With object types that expressions may make, found by their full names.</summary>
    public CelEnvironment WithStructs(Func<string, CelType?> find) => new(_functions, _variables, _types, find) { HasBindings = HasBindings };

    /// <summary>With <c>cel.bind</c>, which names a value within an expression.</summary>
    public CelEnvironment WithBindings() => new(_functions, _variables, _types, _structs) { HasBindings = true };

    internal bool HasBindings { get; private init; }

    internal CelType? Variable(string name) => _variables.GetValueOrDefault(name);

    /// <summary>A type that an expression may name.</summary>
    internal CelType? TypeNamed(string name) => _types.GetValueOrDefault(name) ?? _structs(name);

    internal CelType? Struct(string name) => _structs(name);

    internal IReadOnlyList<Overload>? Functions(string name) => _functions.GetValueOrDefault(name);

    internal IEnumerable<string> VariableNames => _variables.Keys;
}
