using Proa.Api.Cel.Checking;
using Proa.Api.Cel.Evaluation;
using Proa.Api.Cel.Values;
using Proa.Api.Json;
using Proa.Api.Kinds.Policy;
using Proa.Api.Schema.Expressions;

namespace Proa.ApiServer.Security.Authorization;

/// <summary>An expression over <c>request</c>, a SubjectAccessReview's spec: whether a webhook is asked about it. Immutable.</summary>
public sealed class ReviewCondition
{
    private static readonly Lazy<CelEnvironment> s_environment = new(static () => CelEnvironment.Standard.With("request", Spec()));
    private readonly CelProgram _program;

    private ReviewCondition(CelProgram program) => _program = program;

    /// <param name="error">What is wrong with it; null: nothing.</param>
    public static ReviewCondition? Compile(string text, out string? error) =>
        PolicyPrograms.Compile(text, s_environment.Value, [CelType.Bool], out error) is { } program ? new(program) : null;

    /// <param name="error">Why it could not be told; null: it could.</param>
    public bool Holds(JsonObject spec, CancellationToken ct, out string? error)
    {
        var result = _program.Evaluate(new Request(JsonCel.Of(spec)), CelProgram.CallLimit, ct);
        error = result.Ok ? null : $"cel evaluation error: expression '{_program.Text}' resulted in error: {result.Error}";
        return result.Value.IsTrue;
    }

    private static CelType Spec()
    {
        var texts = CelType.ListOf(CelType.String);
        var requirements = CelType.ListOf(AdmissionTypes.Struct("SelectorRequirement", ("key", CelType.String), ("operator", CelType.String), ("values", texts)));
        var resource = AdmissionTypes.Struct("ResourceAttributes",
            ("namespace", CelType.String), ("verb", CelType.String), ("group", CelType.String), ("version", CelType.String), ("resource", CelType.String),
            ("subresource", CelType.String), ("name", CelType.String),
            ("fieldSelector", AdmissionTypes.Struct("FieldSelectorAttributes", ("rawSelector", CelType.String), ("requirements", requirements))),
            ("labelSelector", AdmissionTypes.Struct("LabelSelectorAttributes", ("rawSelector", CelType.String), ("requirements", requirements))));
        return AdmissionTypes.Struct("SubjectAccessReviewSpec",
            ("resourceAttributes", resource),
            ("nonResourceAttributes", AdmissionTypes.Struct("NonResourceAttributes", ("path", CelType.String), ("verb", CelType.String))),
            ("user", CelType.String), ("groups", texts), ("extra", CelType.MapOf(CelType.String, texts)), ("uid", CelType.String));
    }

    private sealed class Request(CelValue known) : ICelVariables
    {
        public bool TryGet(string name, out CelValue value)
        {
            value = known;
            return name == "request";
        }
    }
}
