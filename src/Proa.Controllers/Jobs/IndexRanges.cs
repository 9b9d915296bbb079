using System.Globalization;
using System.Text;

namespace Proa.Controllers.Jobs;

/// <summary>Sets of indexes in their text form, such as <c>1,3-5,7</c>. Pure.</summary>
internal static class IndexRanges
{
    public static SortedSet<int> Parse(string? text)
    {
        var indexes = new SortedSet<int>();
        foreach (var part in (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var dash = part.IndexOf('-');
            if (int.TryParse(dash < 0 ? part : part[..dash], NumberStyles.None, CultureInfo.InvariantCulture, out var first))
            {
                var last = dash >= 0 && int.TryParse(part.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var end) ? end : first;
                for (var index = first; index <= last; index++)
                {
                    indexes.Add(index);
                }
            }
        }
        return indexes;
    }

    /// <summary>Two neighbours are listed, three or more are a range.</summary>
    public static string Write(SortedSet<int> indexes)
    {
        var text = new StringBuilder();
        int? first = null;
        var last = 0;
        void Flush()
        {
            if (first is { } start)
            {
                text.Append(text.Length == 0 ? "" : ",").Append(start);
                if (last > start)
                {
                    text.Append(last == start + 1 ? ',' : '-').Append(last);
                }
            }
        }
        foreach (var index in indexes)
        {
            if (first is null || index != last + 1)
            {
                Flush();
                first = index;
            }
            last = index;
        }
        Flush();
        return text.ToString();
    }
}
