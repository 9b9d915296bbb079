using System.Globalization;

namespace Proa.Api.Kinds.Workloads;

/// <summary>Lists of a job's indexes as texts hold them: <c>1,3-5,7</c>, in rising order.</summary>
internal static class JobIndexes
{
    /// <summary>How many indexes a list names.</summary>
    /// <param name="wrong">What is wrong with it, and then none are counted; null: nothing.</param>
    public static long Count(string text, long completions, out string? wrong)
    {
        var total = 0L;
        wrong = Each(text, completions, (first, last) => total += last - first + 1);
        return wrong is null ? total : 0;
    }

    /// <summary>The intervals of a list; null and what is wrong when it cannot be read.</summary>
    public static List<(long First, long Last)>? Intervals(string text, long completions, out string? wrong)
    {
        var all = new List<(long, long)>();
        wrong = Each(text, completions, (first, last) => all.Add((first, last)));
        return wrong is null ? all : null;
    }

    private static string? Each(string text, long completions, Action<long, long> take)
    {
        if (text.Length == 0)
        {
            return null;
        }
        long? before = null;
        foreach (var part in text.Split(','))
        {
            var limits = part.Split('-');
            if (limits.Length > 2)
            {
                return $"the fragment \"{part}\" violates the requirement that an index interval can have at most two parts separated by '-'";
            }
            if (Number(limits[0], completions, out var first) is { } wrong)
            {
                return wrong;
            }
            var last = first;
            if (limits.Length > 1)
            {
                if (Number(limits[1], completions, out last) is { } wrongEnd)
                {
                    return wrongEnd;
                }
                if (first >= last)
                {
                    return $"non-increasing order, previous: {first}, current: {last}";
                }
            }
            if (before >= first)
            {
                return $"non-increasing order, previous: {before}, current: {first}";
            }
            take(first, last);
            before = last;
        }
        return null;
    }

    private static string? Number(string text, long completions, out long number) =>
        !long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number) ? $"cannot convert string to integer for index: \"{text}\""
        : number >= completions ? $"too large index: \"{text}\"" : null;
}
