using System.Text;
using Proa.Api.Cel.Checking;
using Proa.Api.Cel.Cost;
using Proa.Api.Cel.Evaluation;
using Proa.Api.Cel.Libraries;
using Proa.Api.Cel.Syntax;
using Proa.Api.Json;
using Proa.Api.Kinds.Policy;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Devices;

/// <summary>Checks the expressions by which device classes and claims select devices.</summary>
internal static class DeviceSelectors
{
    private const int Most = 32;
    private const int MaxLength = 10 * 1024;
    private const ulong MaxCost = 1_000_000;

    private static readonly Lazy<CelEnvironment> s_environment = new(static () => CelEnvironment.Standard.WithBindings().With("device", CelType.StructOf("kubernetes.DRADevice",
        new FixedFields(new(StringComparer.Ordinal)
        {
            ["driver"] = CelType.String,
            ["attributes"] = CelType.MapOf(CelType.String, CelType.MapOf(CelType.String, CelType.Dyn)),
            ["capacity"] = CelType.MapOf(CelType.String, CelType.MapOf(CelType.String, QuantityValue.CelType)),
            ["allowMultipleAllocations"] = CelType.Bool,
        }))));

    public static void Check(JsonArray? selectors, string path, FieldErrors errors)
    {
        if (selectors?.Count > Most)
        {
            errors.Add(FieldError.TooMany(path, selectors.Count, Most));
            return;
        }
        for (var i = 0; i < (selectors?.Count ?? 0); i++)
        {
            if ((selectors![i] as JsonObject)?.Object("cel") is not { } cel)
            {
                errors.Required($"{path}[{i}].cel");
                continue;
            }
            Expression(cel.String("expression") ?? "", $"{path}[{i}].cel.expression", errors);
        }
    }

    private static void Expression(string expression, string path, FieldErrors errors)
    {
        if (Encoding.UTF8.GetByteCount(expression) > MaxLength)
        {
            errors.Add(FieldError.TooLong(path, MaxLength));
            return;
        }
        var program = CelProgram.Compile(expression, s_environment.Value, out var issues);
        if (program is null)
        {
            errors.Invalid(path, expression, "compilation failed: " + CelIssue.Render(expression, issues));
        }
        else if (program.ResultType.Kind is not (CelTypeKind.Bool or CelTypeKind.Dyn))
        {
            errors.Invalid(path, expression, $"must evaluate to bool or the unknown type, not {program.ResultType}");
        }
        else if (program.EstimateCost(new Sizes()).Max > MaxCost)
        {
            errors.Forbidden(path, "too complex, exceeds cost limit");
        }
    }

    /// <summary>The bounds that a device's description is held to.</summary>
    private sealed class Sizes : ISizeEstimates
    {
        private const ulong Entries = 32;
        private const ulong Domain = 63;
        private const ulong Id = 32;
        private const ulong Value = 64;

        public CostRange? Size(IReadOnlyList<string> path, CelType type) => path switch
        {
            ["device"] => new CostRange(0, 0),
            ["device", "driver"] => new CostRange(0, Domain),
            ["device", "allowMultipleAllocations"] => new CostRange(0, 1),
            ["device", "attributes" or "capacity"] or ["device", "attributes" or "capacity", "@values"] => new CostRange(0, Entries),
            ["device", "attributes" or "capacity", "@keys"] => new CostRange(0, Domain),
            ["device", "attributes" or "capacity", "@values", "@keys"] => new CostRange(0, Id),
            ["device", "attributes", "@values", _] => new CostRange(0, Value),
            ["device", "capacity", "@values", "@values"] => new CostRange(0, 0),
            _ => null,
        };
    }
}
