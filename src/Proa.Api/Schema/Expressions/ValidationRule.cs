using System.Diagnostics;
using Proa.Api.Cel.Checking;
using Proa.Api.Cel.Evaluation;
using Proa.Api.Cel.Syntax;
using Proa.Api.Json;

namespace Proa.Api.Schema.Expressions;

/// <summary>One of a schema's <c>x-kubernetes-validations</c>, compiled. Immutable.</summary>
internal sealed class ValidationRule
{
    private readonly string _message;

    private ValidationRule(JsonObject rule, CelEnvironment environment, DeclaredType self)
    {
        Rule = rule.String("rule") ?? "";
        _message = rule.String("message") ?? "";
        Reason = rule.String("reason");
        FieldPath = rule.String("fieldPath") ?? "";
        OptionalOldSelf = rule.Bool("optionalOldSelf") == true;
        if (Rule.AsSpan().Trim().IsEmpty)
        {
            return;
        }
        var scope = environment.With("oldSelf", OptionalOldSelf ? CelType.OptionalOf(self.Type) : self.Type);
        var started = RuleMeter.Compilations.Enabled ? Stopwatch.GetTimestamp() : 0;
        Program = CelProgram.Compile(Rule, scope, out var issues);
        if (started != 0)
        {
            RuleMeter.Compilations.Record(Stopwatch.GetElapsedTime(started).TotalSeconds);
        }
        if (Program is null)
        {
            Error = "compilation failed: " + CelIssue.Render(Rule, issues);
            return;
        }
        if (Program.ResultType.Kind != CelTypeKind.Bool)
        {
            (Program, Error) = (null, "cel expression must evaluate to a bool");
            return;
        }
        UsesOldSelf = Program.Uses("oldSelf");
        if (rule.String("messageExpression") is not { Length: > 0 } expression)
        {
            return;
        }
        MessageExpression = CelProgram.Compile(expression, scope, out issues);
        if (MessageExpression is null)
        {
            MessageError = "messageExpression compilation failed: " + CelIssue.Render(expression, issues);
        }
        else if (MessageExpression.ResultType.Kind != CelTypeKind.String)
        {
            (MessageExpression, MessageError) = (null, "messageExpression must evaluate to a string");
        }
    }

    public string Rule { get; }

    /// <summary>Null: there is no rule, or it is wrong.</summary>
    public CelProgram? Program { get; }

    /// <summary>What is wrong with the rule; null: nothing.</summary>
    public string? Error { get; }

    public CelProgram? MessageExpression { get; }

    public string? MessageError { get; }

    public string? Reason { get; }

    public string FieldPath { get; }

    public bool OptionalOldSelf { get; }

    public bool UsesOldSelf { get; }

    /// <summary>What is told where the rule does not hold.</summary>
    public string Message => _message.Length > 0 ? _message.Trim() : $"failed rule: {Rule.Trim()}";

    /// <summary>How errors name the rule.</summary>
    public string Shown => _message.Length > 0 ? _message.Trim() : Rule.Trim();

    /// <param name="rules">As in the schema.</param>
    public static ValidationRule[] Compile(JsonArray rules, DeclaredType self)
    {
        var environment = CelEnvironment.Standard.With("self", self.Type);
        return [.. rules.OfType<JsonObject>().Select(rule => new ValidationRule(rule, environment, self))];
    }
}
