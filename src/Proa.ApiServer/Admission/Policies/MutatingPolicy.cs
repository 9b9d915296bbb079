using Proa.Api.Apply;
using Proa.Api.Cel.Checking;
using Proa.Api.Cel.Values;
using Proa.Api.Json;
using Proa.Api.Kinds.Policy;
using Proa.Api.Patches;
using Proa.Api.Schema;
using Proa.Api.Schema.Expressions;
using Proa.ApiServer.Admission.Matching;

namespace Proa.ApiServer.Admission.Policies;

/// <summary>A MutatingAdmissionPolicy. Thread-safe.</summary>
internal sealed class MutatingPolicy : PolicyBase
{
    private const long Budget = 10_000_000;

    private readonly Lazy<(bool Applies, PolicyExpression Expression)[]> _mutations;

    public MutatingPolicy(JsonObject policy)
        : base(policy)
    {
        IsReinvocable = Spec.String("reinvocationPolicy") == "IfNeeded";
        _mutations = new(() =>
        {
            var environment = Environment(authorizer: true).WithStructs(PatchTypes.Find);
            return [.. (Spec.Array("mutations") ?? []).OfType<JsonObject>().Select(mutation => mutation.String("patchType") == "JSONPatch"
                ? (false, PolicyExpression.Compile(mutation.Object("jsonPatch")?.String("expression") ?? "", environment, CelType.ListOf(PatchTypes.Operation)))
                : (true, PolicyExpression.Compile(mutation.Object("applyConfiguration")?.String("expression") ?? "", environment, PatchTypes.Object)))];
        });
    }

    /// <summary>It wants to see what later policies and webhooks made of the object.</summary>
    public bool IsReinvocable { get; }

    public int Count => _mutations.Value.Length;

    /// <summary>One mutation of an object.</summary>
    /// <returns>The new object, or why there is none.</returns>
    public (JsonObject? Object, string? Error) Mutate(int index, JsonObject obj, ObjectSchema? schema, AdmissionVariables variables, CancellationToken ct)
    {
        var (applies, expression) = _mutations.Value[index];
        if (expression.Error is { } wrong)
        {
            return (null, wrong);
        }
        var budget = Budget;
        var value = expression.Evaluate(variables, ref budget, ct);
        if (value.IsError)
        {
            return (null, value.ErrorMessage);
        }
        return applies ? Apply(value, obj, schema) : Patch(value, obj);
    }

    private static (JsonObject? Object, string? Error) Apply(in CelValue value, JsonObject obj, ObjectSchema? schema)
    {
        if (PatchTypes.CheckNames(value) is { } mismatch)
        {
            return (null, $"type mismatch: {mismatch}");
        }
        if (schema is null || JsonCel.ToJson(value) is not JsonObject applied)
        {
            return (null, "invalid return type");
        }
        var typed = SchemaEngine.Normalize(schema, applied.CloneObject(), NormalizeOptions.Configuration);
        if (typed.Error is not null || typed.UnknownFields.Count > 0)
        {
            var unknown = typed.UnknownFields.Select(static text => $".{text.Split('"')[1]}: field not declared in schema").ToList();
            var wrong = typed.Error ?? (unknown.Count == 1 ? unknown[0] : $"errors:\n{string.Concat(unknown.Select(static one => $"  {one}\n"))}");
            return (null, $"error applying patch: failed to convert patch object to typed object: {wrong}");
        }
        if (ConfigurationMerge.Atomics(schema, applied) is { Count: > 0 } atomics)
        {
            return (null, $"error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: {string.Join(", ", atomics)}");
        }
        return (ConfigurationMerge.Merge(schema, obj, applied), null);
    }

    private static (JsonObject? Object, string? Error) Patch(in CelValue value, JsonObject obj)
    {
        var operations = new JsonArray();
        for (var i = 0; i < value.AsList.Count; i++)
        {
            var operation = value.AsList[i];
            if (operation.Kind != CelKind.Map || JsonCel.ToJson(operation) is not JsonObject made)
            {
                return (null, "JSONPath valueExpression evaluated to a type that could not marshal to JSON");
            }
            operation.AsMap.TryGet(CelValue.Of("value"), out var given);
            if (given.Kind == CelKind.Map && PatchTypes.CheckNames(given) is { } mismatch && given.AsMap.ObjectType is not null)
            {
                return (null, $"type mismatch: {mismatch}");
            }
            if (made.String("from") is "")
            {
                made.Remove("from");
            }
            operations.Add(made);
        }
        var patched = JsonPatch.Apply(obj, operations);
        if (patched.Ok)
        {
            return (patched.Object, null);
        }
        // A test that fails leaves the object as it is.
        return patched.Error.Message.Contains("test failed", StringComparison.Ordinal) ? (obj, null) : (null, $"JSON Patch: {patched.Error.Message}");
    }
}
