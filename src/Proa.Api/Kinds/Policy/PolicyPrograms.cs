using Proa.Api.Cel.Checking;
using Proa.Api.Cel.Evaluation;
using Proa.Api.Cel.Syntax;

namespace Proa.Api.Kinds.Policy;

/// <summary>Compiles the expressions of policies and webhooks, whose results must be of certain types. Pure.</summary>
public static class PolicyPrograms
{
    /// <param name="results">The types that the result may have; none: any.</param>
    /// <param name="error">What is wrong; null: nothing.</param>
    public static CelProgram? Compile(string text, CelEnvironment environment, ReadOnlySpan<CelType> results, out string? error)
    {
        error = null;
        var program = CelProgram.Compile(text, environment, out var issues);
        if (program is null)
        {
            error = "compilation failed: " + CelIssue.Render(text, issues);
            return null;
        }
        if (results.IsEmpty)
        {
            return program;
        }
        var names = new List<string>();
        foreach (var type in results)
        {
            if (type.Is(program.ResultType))
            {
                return program;
            }
            names.Add(Shown(type));
        }
        error = names.Count == 1
            ? $"must evaluate to {names[0]} but got {Shown(program.ResultType)}"
            : $"must evaluate to one of [{string.Join(' ', names)}] but got {Shown(program.ResultType)}";
        return null;
    }

    private static string Shown(CelType type) => type.Kind switch
    {
        CelTypeKind.Null or CelTypeKind.Timestamp or CelTypeKind.Duration => type.RuntimeName,
        _ => type.ToString(),
    };
}
