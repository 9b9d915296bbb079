using System.Collections.Frozen;
using Proa.Api.Cel.Checking;
using Proa.Api.Json;
using Proa.Api.Kinds.Policy;
using Proa.ApiServer.Admission.Matching;
using Proa.ApiServer.Objects;

namespace Proa.ApiServer.Admission.Policies;

/// <summary>What validating and mutating policies have in common. Expressions are compiled at the first request that needs them. Thread-safe.</summary>
internal abstract class PolicyBase
{
    private readonly Lazy<MatchConditions?> _conditions;
    private readonly Lazy<(FrozenDictionary<string, PolicyExpression> Expressions, FixedFields Types)> _variables;

    protected PolicyBase(JsonObject policy)
    {
        Name = Metadata.Name(policy);
        Spec = policy.Object("spec") ?? [];
        Match = MatchResources.OfPolicy(Spec.Object("matchConstraints") ?? []);
        Ignores = Spec.String("failurePolicy") == "Ignore";
        ParameterKind = Spec.Object("paramKind") is { } kind ? new(kind.String("apiVersion") ?? "", kind.String("kind") ?? "") : null;
        _conditions = new(() => MatchConditions.Of(Spec.Array("matchConditions"), ParameterKind is not null));
        _variables = new(CompileVariables);
    }

    public string Name { get; }

    public MatchResources Match { get; }

    /// <summary>What fails lets the request through.</summary>
    public bool Ignores { get; }

    public ParameterKind? ParameterKind { get; }

    public MatchConditions? Conditions => _conditions.Value;

    public IReadOnlyDictionary<string, PolicyExpression> Variables => _variables.Value.Expressions;

    protected JsonObject Spec { get; }

    /// <summary>What the policy's own expressions may name.</summary>
    protected CelEnvironment Environment(bool authorizer) =>
        AdmissionTypes.Environment(authorizer, ParameterKind is not null).With("variables", CelType.StructOf("kubernetes.variables", _variables.Value.Types));

    /// <summary>Each variable may name those before it.</summary>
    private (FrozenDictionary<string, PolicyExpression>, FixedFields) CompileVariables()
    {
        var types = new FixedFields(new(StringComparer.Ordinal));
        var environment = AdmissionTypes.Environment(authorizer: true, ParameterKind is not null).With("variables", CelType.StructOf("kubernetes.variables", types));
        var compiled = new Dictionary<string, PolicyExpression>(StringComparer.Ordinal);
        foreach (var item in Spec.Array("variables") ?? [])
        {
            if (item is JsonObject variable && variable.String("name") is { Length: > 0 } name)
            {
                var expression = PolicyExpression.Compile(variable.String("expression") ?? "", environment);
                compiled[name] = expression;
                types.Add(name, expression.ResultType ?? CelType.Dyn);
            }
        }
        return (compiled.ToFrozenDictionary(StringComparer.Ordinal), types);
    }
}
