namespace Proa.Controllers.Common;

/// <summary>Counts in a status: most are left out when they are zero, as the original's types do.</summary>
internal static class Counts
{
    public static int? OrAbsent(int count) => count == 0 ? null : count;
}
