using System.Globalization;
using System.Text;
using Proa.Api.Cel.Evaluation;
using Proa.Api.Json;
using Proa.Api.Kinds;
using Proa.Api.Meta;

namespace Proa.Api.Schema.Expressions;

/// <summary>Checks the expressions of a custom resource definition's schema, and what they may cost. For one schema.</summary>
public sealed class DefinitionExpressions
{
    private const ulong ExpressionLimit = 10_000_000;
    private const ulong DefinitionLimit = 100_000_000;

    private readonly string _root;
    private readonly bool _limitsEach;
    private readonly FieldErrors _errors;
    private readonly List<(string Path, ulong Cost)> _expensive = [];
    private ulong _total;

    private DefinitionExpressions(string root, bool limitsEach, FieldErrors errors) => (_root, _limitsEach, _errors) = (root, limitsEach, errors);

    /// <param name="path">Of the schema: <c>spec.validation.openAPIV3Schema</c>.</param>
    /// <param name="limitsEach">
    /// False: one expression alone may cost what it will, as those of a schema that was taken before do; all together never.
    /// </param>
    public static void Check(JsonObject schema, string path, bool limitsEach, FieldErrors errors)
    {
        var check = new DefinitionExpressions(path, limitsEach, errors);
        check.Visit(schema, path, isRoot: true, cardinality: 1, uncorrelated: null);
        check.Total();
    }

    /// <param name="cardinality">How often a value of the schema may occur; null: unbounded.</param>
    /// <param name="uncorrelated">The list within which old and new items cannot be told apart.</param>
    private void Visit(JsonObject schema, string path, bool isRoot, ulong? cardinality, string? uncorrelated)
    {
        var before = _errors.Count;
        var within = Multiply(cardinality, MaxElements(schema));
        if (schema["additionalProperties"] is JsonObject values)
        {
            Visit(values, path + ".additionalProperties", isRoot: false, within, uncorrelated);
        }
        foreach (var (name, member) in schema.Object("properties") ?? [])
        {
            if (member is JsonObject property)
            {
                Visit(property, $"{path}.properties[{name}]", isRoot: false, within, uncorrelated);
            }
        }
        if (schema["items"] is JsonObject items)
        {
            Visit(items, path + ".items", isRoot: false, within, schema.String("x-kubernetes-list-type") == "map" ? uncorrelated : path);
        }
        if (schema.Array("x-kubernetes-validations") is { Count: > 0 } rules)
        {
            var node = isRoot ? StructuralReader.ReadRoot(schema, preserveUnknown: false) : StructuralReader.Read(schema, required: false);
            Form(rules, node, path);
            if (_errors.Count == before)
            {
                Compile(rules, node, schema, path, isRoot, cardinality, uncorrelated);
            }
        }
    }

    private void Form(JsonArray rules, SchemaNode node, string path)
    {
        for (var i = 0; i < rules.Count; i++)
        {
            var rule = rules[i] as JsonObject ?? [];
            var at = $"{path}.x-kubernetes-validations[{i}]";
            var text = (rule.String("rule") ?? "").Trim();
            var message = rule.String("message") ?? "";
            if (text.Length == 0)
            {
                _errors.Required(at + ".rule", "rule is not specified");
            }
            else if (message.Length > 0 && message.Trim().Length == 0)
            {
                _errors.Invalid(at + ".message", message, "must be non-empty if specified");
            }
            else if (HasBreaks(message.Trim()))
            {
                _errors.Invalid(at + ".message", message, "must not contain line breaks");
            }
            else if (HasBreaks(text) && message.Trim().Length == 0)
            {
                _errors.Required(at + ".message", "message must be specified if rule contains line breaks");
            }
            if (rule.String("messageExpression") is { Length: > 0 } expression && expression.Trim().Length == 0)
            {
                _errors.Required(at + ".messageExpression", "messageExpression must be non-empty if specified");
            }
            if (rule.String("reason") is { } reason and not ("FieldValueRequired" or "FieldValueForbidden" or "FieldValueInvalid" or "FieldValueDuplicate"))
            {
                _errors.NotSupported(at + ".reason", reason, "FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired");
            }
            if (rule.String("fieldPath") is { Length: > 0 } field)
            {
                if (field.Trim().Length == 0)
                {
                    _errors.Invalid(at + ".fieldPath", field, "must be non-empty if specified");
                }
                if (HasBreaks(field))
                {
                    _errors.Invalid(at + ".fieldPath", field, "must not contain line breaks");
                }
                if (RuleFieldPath.Normalize(field, node) is null)
                {
                    _errors.Invalid(at + ".fieldPath", field, "must be a valid path");
                }
            }
        }
    }

    private void Compile(JsonArray rules, SchemaNode node, JsonObject schema, string path, bool isRoot, ulong? cardinality, string? uncorrelated)
    {
        if (DeclaredType.Of(node, isRoot || schema.Bool("x-kubernetes-embedded-resource") == true, "selfType") is not { } self)
        {
            _errors.Add(new FieldError(FieldErrorType.Internal, path + ".x-kubernetes-validations", null,
                "internal error: failed to construct type information for x-kubernetes-validations rules: unable to convert structural schema to CEL declarations"));
            return;
        }
        var times = cardinality ?? (ulong)(DeclaredType.MaxRequest / (self.MinSize + 1));
        var sizes = new DeclaredSizes(self);
        var compiled = ValidationRule.Compile(rules, self);
        for (var i = 0; i < compiled.Length; i++)
        {
            var rule = compiled[i];
            var shown = (JsonObject)rules[i];
            var at = $"{path}.x-kubernetes-validations[{i}]";
            var cost = rule.Program is null ? 0 : Cel.Cost.CostRange.Multiply(rule.Program.EstimateCost(sizes).Max, times);
            Observe(at + ".rule", cost, "estimated rule cost");
            if (rule.Error is { } error)
            {
                _errors.Add(FieldError.Invalid(at + ".rule", Show(shown), error));
            }
            if (rule.MessageError is { } wrong)
            {
                _errors.Add(FieldError.Invalid(at + ".messageExpression", Show(shown), wrong));
            }
            else if (rule.MessageExpression is { } message)
            {
                Observe(at + ".messageExpression", message.EstimateCost(sizes).Max, "estimated messageExpression cost");
            }
            if (rule.UsesOldSelf)
            {
                if (uncorrelated is not null)
                {
                    _errors.Invalid(at + ".rule", rule.Rule, $"oldSelf cannot be used on the uncorrelatable portion of the schema within {uncorrelated}");
                }
            }
            else if (shown.Bool("optionalOldSelf") is { } optional)
            {
                _errors.Invalid(at + ".optionalOldSelf", optional, "may not be set if oldSelf is not used in rule");
            }
        }
    }

    private void Observe(string path, ulong cost, string name)
    {
        if (_limitsEach && cost > ExpressionLimit)
        {
            _errors.Forbidden(path, Exceeds(name, cost, ExpressionLimit));
        }
        _total = _total > ulong.MaxValue - cost ? ulong.MaxValue : _total + cost;
        if (cost < DefinitionLimit / 100)
        {
            return;
        }
        const int Named = 4;
        _expensive.Add((path, cost));
        _expensive.Sort(static (a, b) => b.Cost.CompareTo(a.Cost));
        if (_expensive.Count > Named)
        {
            _expensive.RemoveAt(Named);
        }
    }

    private void Total()
    {
        if (_total <= DefinitionLimit)
        {
            return;
        }
        foreach (var (path, _) in _expensive)
        {
            _errors.Forbidden(path, "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema");
        }
        _errors.Forbidden(_root, Exceeds("x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema", _total, DefinitionLimit));
    }

    private static string Exceeds(string name, ulong cost, ulong limit)
    {
        var factor = (double)cost / limit;
        var shown = factor > 100 ? "more than 100x"
            : factor.ToString(factor < 1.5 ? "F6" : "F1", CultureInfo.InvariantCulture) + "x";
        return $"{name} exceeds budget by factor of {shown} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)";
    }

    /// <summary>How many children each value may have; null: unbounded.</summary>
    private static ulong? MaxElements(JsonObject schema) => schema.String("type") switch
    {
        "object" when schema.ContainsKey("additionalProperties") => Bound(schema.Int("maxProperties")),
        "array" => Bound(schema.Int("maxItems")),
        _ => 1,
    };

    private static ulong? Bound(long? limit) => limit is { } known ? (ulong)Math.Max(0, known) : null;

    private static ulong? Multiply(ulong? a, ulong? b) => a is { } x && b is { } y ? Cel.Cost.CostRange.Multiply(x, y) : null;

    private static bool HasBreaks(string text) => text.AsSpan().IndexOfAny('\n', '\r') >= 0;

    /// <summary>A rule as the original's error shows it: with the names of its own type, and JSON's escapes for HTML.</summary>
    private static JsonNumber Show(JsonObject rule)
    {
        var shown = new JsonObject
        {
            ["Rule"] = rule.String("rule") ?? "",
            ["Message"] = rule.String("message") ?? "",
            ["MessageExpression"] = rule.String("messageExpression") ?? "",
            ["Reason"] = rule["reason"] ?? JsonNull.Instance,
            ["FieldPath"] = rule.String("fieldPath") ?? "",
            ["OptionalOldSelf"] = rule["optionalOldSelf"] ?? JsonNull.Instance,
        };
        var text = new StringBuilder(shown.ToString());
        return new JsonNumber(text.Replace("<", "\\u003c").Replace(">", "\\u003e").Replace("&", "\\u0026").ToString());
    }
}
