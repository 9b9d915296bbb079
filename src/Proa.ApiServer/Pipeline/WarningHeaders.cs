namespace Proa.ApiServer.Pipeline;

/// <summary>The values of <c>Warning</c> headers: each text once, and cut when all together are long. Pure.</summary>
internal static class WarningHeaders
{
    private const int CutAbove = 4096;
    private const int CutTo = 256;

    public static IEnumerable<string> Of(IReadOnlyList<string> warnings)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var kept = warnings.Where(text => text.Length > 0 && !text.Any(char.IsControl) && seen.Add(text)).ToList();
        if (kept.Sum(Runes) <= CutAbove)
        {
            return kept.Select(Quoted);
        }
        var written = 0;
        return kept.TakeWhile(text => written < CutAbove && (written += Math.Min(Runes(text), CutTo)) > 0).Select(static text => Quoted(Cut(text)));
    }

    private static int Runes(string text) => text.EnumerateRunes().Count();

    private static string Cut(string text) => Runes(text) <= CutTo ? text : string.Concat(text.EnumerateRunes().Take(CutTo));

    private static string Quoted(string text) =>
        $"299 - \"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
