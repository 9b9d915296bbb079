using Proa.Api.Cel.Checking;
using Proa.Api.Cel.Evaluation;
using Proa.Api.Cel.Syntax;
using Proa.Api.Cel.Values;

namespace Proa.Api.Tests.Cel;

/// <summary>Runs expressions with a few variables.</summary>
internal static class Expressions
{
    public static readonly CelEnvironment Environment = CelEnvironment.Standard
        .With("x", CelType.Int).With("s", CelType.String).With("l", CelType.ListOf(CelType.Int)).With("d", CelType.Dyn)
        .With("m", CelType.MapOf(CelType.String, CelType.Int));

    public static CelResult Run(string text, long limit = CelProgram.CallLimit)
    {
        var program = CelProgram.Compile(text, Environment, out var issues);
        Assert.True(program is not null, CelIssue.Render(text, issues));
        return program.Evaluate(new Variables(), limit, TestContext.Current.CancellationToken);
    }

    /// <summary>The messages, each as <c>column: message</c>.</summary>
    public static string[] Issues(string text)
    {
        CelProgram.Compile(text, Environment, out var issues);
        return [.. issues.OrderBy(static issue => issue.Offset).Select(static issue => $"{issue.Offset + 1}: {issue.Message}")];
    }

    private sealed class Variables : ICelVariables
    {
        public bool TryGet(string name, out CelValue value)
        {
            switch (name)
            {
                case "x":
                    value = CelValue.Of(7L);
                    return true;
                case "s":
                    value = CelValue.Of("héllo");
                    return true;
                case "l":
                    return Constant("[1, 2, 3]", out value);
                case "m":
                    return Constant("{'a': 1, 'b': 2}", out value);
                case "d":
                    return Constant("{'n': 5, 'list': [1, 2], 'name': 'dyn'}.transformMap(k, v, dyn(v))", out value);
                default:
                    value = default;
                    return false;
            }
        }

        private static bool Constant(string text, out CelValue value)
        {
            value = CelProgram.Compile(text.Replace("{'n': 5, 'list': [1, 2], 'name': 'dyn'}", "{'n': dyn(5), 'list': dyn([1, 2]), 'name': dyn('dyn')}", StringComparison.Ordinal), CelEnvironment.Standard, out _)!
                .Evaluate(new Variables(), CelProgram.CallLimit, CancellationToken.None).Value;
            return true;
        }
    }
}
