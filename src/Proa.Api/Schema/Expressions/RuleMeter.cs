using System.Diagnostics.Metrics;

namespace Proa.Api.Schema.Expressions;

/// <summary>The meter by which the rules of schemas tell how long they take to compile and to run, in seconds; without a listener it costs next to nothing.</summary>
public static class RuleMeter
{
    public const string Name = "Proa.Api.Schema.Expressions";
    public const string Compilation = "cel.compilation";
    public const string Evaluation = "cel.evaluation";

    private static readonly Meter s_meter = new(Name);

    internal static readonly Histogram<double> Compilations = s_meter.CreateHistogram<double>(Compilation);
    internal static readonly Histogram<double> Evaluations = s_meter.CreateHistogram<double>(Evaluation);
}
