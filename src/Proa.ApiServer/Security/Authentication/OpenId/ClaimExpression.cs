using Proa.Api.Cel.Checking;
using Proa.Api.Cel.Evaluation;
using Proa.Api.Cel.Values;
using Proa.Api.Json;
using Proa.Api.Kinds.Policy;
using Proa.Api.Schema.Expressions;

namespace Proa.ApiServer.Security.Authentication.OpenId;

/// <summary>An expression over a token's claims, or over the user that they make. Immutable.</summary>
public sealed class ClaimExpression
{
    private static readonly Lazy<CelEnvironment> s_claims = new(static () => CelEnvironment.Standard.With("claims", CelType.MapOf(CelType.String, CelType.Dyn)));
    private static readonly Lazy<CelEnvironment> s_user = new(static () => CelEnvironment.Standard.With("user", AdmissionTypes.User));
    private readonly CelProgram _program;
    private readonly string _variable;

    private ClaimExpression(CelProgram program, string variable, string message) => (_program, _variable, Message) = (program, variable, message);

    public string Text => _program.Text;

    /// <summary>Of a rule: what is said when it does not hold.</summary>
    public string Message { get; }

    /// <param name="error">What is wrong with it; null: nothing.</param>
    internal static ClaimExpression? OfClaims(string text, bool isRule, string message, out string? error) => Compile(text, "claims", s_claims.Value, isRule, message, out error);

    internal static ClaimExpression? OfUser(string text, string message, out string? error) => Compile(text, "user", s_user.Value, true, message, out error);

    /// <summary>It looks at a claim by its name: <c>claims.email</c>.</summary>
    internal bool Looks(string claim) => _program.Selects("claims", claim);

    internal CelValue Evaluate(JsonObject value, CancellationToken ct, out string? error)
    {
        var result = _program.Evaluate(new One(_variable, JsonCel.Of(value)), CelProgram.CallLimit, ct);
        error = result.Ok ? null : $"expression '{Text}' resulted in error: {result.Error}";
        return result.Value;
    }

    private static ClaimExpression? Compile(string text, string variable, CelEnvironment environment, bool isRule, string message, out string? error)
    {
        var program = PolicyPrograms.Compile(text, environment, isRule ? [CelType.Bool] : [], out error);
        if (error?.StartsWith("must evaluate", StringComparison.Ordinal) == true)
        {
            error = error[..error.IndexOf(" but got", StringComparison.Ordinal)];
        }
        return program is null ? null : new(program, variable, message);
    }

    private sealed class One(string variable, CelValue known) : ICelVariables
    {
        public bool TryGet(string name, out CelValue value)
        {
            value = known;
            return name == variable;
        }
    }
}
