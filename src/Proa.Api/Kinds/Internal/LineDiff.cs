using System.Text;

namespace Proa.Api.Kinds.Internal;

/// <summary>
/// A unified diff with three lines of context, by the method that the original uses (longest matching block first, lines that
/// fill the text ignored), so that it chooses the same lines.
/// </summary>
internal sealed class LineDiff
{
    private const int Context = 3;

    private readonly string[] _a;
    private readonly string[] _b;
    private readonly Dictionary<string, List<int>> _positions = new(StringComparer.Ordinal);

    private LineDiff(string[] a, string[] b)
    {
        (_a, _b) = (a, b);
        for (var i = 0; i < b.Length; i++)
        {
            if (!_positions.TryGetValue(b[i], out var at))
            {
                _positions[b[i]] = at = [];
            }
            at.Add(i);
        }
        if (b.Length >= 200)
        {
            var most = (b.Length / 100) + 1;
            foreach (var (line, at) in _positions.ToList())
            {
                if (at.Count > most)
                {
                    _positions.Remove(line);
                }
            }
        }
    }

    public static string Unified(string a, string b)
    {
        var diff = new LineDiff(a.Split('\n'), b.Split('\n'));
        var text = new StringBuilder();
        foreach (var group in Groups(diff.Steps()))
        {
            diff.Print(group, text);
        }
        return text.ToString();
    }

    private void Print(List<Step> group, StringBuilder text)
    {
        var (first, last) = (group[0], group[^1]);
        text.Append("@@ -").Append(Span(first.A, last.AEnd)).Append(" +").Append(Span(first.B, last.BEnd)).Append(" @@\n");
        foreach (var step in group)
        {
            if (step.Same)
            {
                Lines(_a, step.A, step.AEnd, ' ', text);
                continue;
            }
            Lines(_a, step.A, step.AEnd, '-', text);
            Lines(_b, step.B, step.BEnd, '+', text);
        }
    }

    private static void Lines(string[] lines, int from, int to, char mark, StringBuilder text)
    {
        for (; from < to; from++)
        {
            text.Append(mark).Append(lines[from]).Append('\n');
        }
    }

    private static string Span(int start, int stop) => (stop - start) switch
    {
        1 => $"{start + 1}",
        0 => $"{start},0",
        var length => $"{start + 1},{length}",
    };

    /// <summary>What turns the one into the other.</summary>
    private List<Step> Steps()
    {
        var blocks = new List<(int A, int B, int Size)>();
        Match(0, _a.Length, 0, _b.Length, blocks);
        blocks.Add((_a.Length, _b.Length, 0));
        var steps = new List<Step>();
        var (i, j) = (0, 0);
        foreach (var (a, b, size) in blocks)
        {
            if (i < a || j < b)
            {
                steps.Add(new(false, i, a, j, b));
            }
            (i, j) = (a + size, b + size);
            if (size > 0)
            {
                steps = Join(steps, new(true, a, i, b, j));
            }
        }
        return steps;
    }

    /// <summary>Equal blocks that touch are one.</summary>
    private static List<Step> Join(List<Step> steps, Step next)
    {
        if (steps.Count > 0 && steps[^1] is { Same: true } last && last.AEnd == next.A && last.BEnd == next.B)
        {
            steps[^1] = last with { AEnd = next.AEnd, BEnd = next.BEnd };
        }
        else
        {
            steps.Add(next);
        }
        return steps;
    }

    private void Match(int aLow, int aHigh, int bLow, int bHigh, List<(int A, int B, int Size)> blocks)
    {
        var (a, b, size) = Longest(aLow, aHigh, bLow, bHigh);
        if (size == 0)
        {
            return;
        }
        if (aLow < a && bLow < b)
        {
            Match(aLow, a, bLow, b, blocks);
        }
        blocks.Add((a, b, size));
        if (a + size < aHigh && b + size < bHigh)
        {
            Match(a + size, aHigh, b + size, bHigh, blocks);
        }
    }

    private (int A, int B, int Size) Longest(int aLow, int aHigh, int bLow, int bHigh)
    {
        var (bestA, bestB, best) = (aLow, bLow, 0);
        var lengths = new Dictionary<int, int>();
        for (var i = aLow; i < aHigh; i++)
        {
            var next = new Dictionary<int, int>();
            foreach (var j in _positions.GetValueOrDefault(_a[i]) ?? [])
            {
                if (j < bLow)
                {
                    continue;
                }
                if (j >= bHigh)
                {
                    break;
                }
                var k = next[j] = lengths.GetValueOrDefault(j - 1) + 1;
                if (k > best)
                {
                    (bestA, bestB, best) = (i - k + 1, j - k + 1, k);
                }
            }
            lengths = next;
        }
        while (bestA > aLow && bestB > bLow && _a[bestA - 1] == _b[bestB - 1])
        {
            (bestA, bestB, best) = (bestA - 1, bestB - 1, best + 1);
        }
        while (bestA + best < aHigh && bestB + best < bHigh && _a[bestA + best] == _b[bestB + best])
        {
            best++;
        }
        return (bestA, bestB, best);
    }

    private static IEnumerable<List<Step>> Groups(List<Step> steps)
    {
        if (steps.Count == 0 || steps is [{ Same: true }])
        {
            yield break;
        }
        if (steps[0] is { Same: true } first)
        {
            steps[0] = first with { A = Math.Max(first.A, first.AEnd - Context), B = Math.Max(first.B, first.BEnd - Context) };
        }
        if (steps[^1] is { Same: true } last)
        {
            steps[^1] = last with { AEnd = Math.Min(last.AEnd, last.A + Context), BEnd = Math.Min(last.BEnd, last.B + Context) };
        }
        var group = new List<Step>();
        foreach (var step in steps)
        {
            var rest = step;
            if (step.Same && step.AEnd - step.A > 2 * Context)
            {
                group.Add(step with { AEnd = Math.Min(step.AEnd, step.A + Context), BEnd = Math.Min(step.BEnd, step.B + Context) });
                yield return group;
                group = [];
                rest = step with { A = Math.Max(step.A, step.AEnd - Context), B = Math.Max(step.B, step.BEnd - Context) };
            }
            group.Add(rest);
        }
        if (group.Count > 0 && group is not [{ Same: true }])
        {
            yield return group;
        }
    }

    private sealed record Step(bool Same, int A, int AEnd, int B, int BEnd);
}
