namespace Proa.ApiServer.Metrics;

/// <summary>The values of up to six labels, in the order of their family's names.</summary>
internal readonly record struct LabelValues(string A, string B = "", string C = "", string D = "", string E = "", string F = "")
{
    public string this[int index] => index switch { 0 => A, 1 => B, 2 => C, 3 => D, 4 => E, _ => F };
}
