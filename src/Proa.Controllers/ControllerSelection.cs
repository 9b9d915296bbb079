namespace Proa.Controllers;

/// <summary>Which controllers run, from text such as <c>*,-deployment</c>. Pure.</summary>
internal static class ControllerSelection
{
    /// <summary>The original's controller that is not here: one command line may take them out of either.</summary>
    private static readonly string[] s_elsewhere = ["horizontalpodautoscaler"];

    /// <exception cref="ArgumentException">A name that no controller has.</exception>
    public static IReadOnlyList<ControllerEntry> Of(string text, IReadOnlyList<ControllerEntry> all)
    {
        var star = false;
        var named = new Dictionary<string, bool>(StringComparer.Ordinal);
        foreach (var part in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (part == "*")
            {
                star = true;
                continue;
            }
            var name = part.TrimStart('-');
            if (part.StartsWith('-') && s_elsewhere.Contains(name))
            {
                continue;
            }
            if (!all.Any(entry => entry.Name == name))
            {
                throw new ArgumentException($"there is no controller \"{name}\"; there are: {string.Join(", ", all.Select(entry => entry.Name))}", nameof(text));
            }
            named[name] = !part.StartsWith('-');
        }
        return [.. all.Where(entry => named.TryGetValue(entry.Name, out var wanted) ? wanted : star)];
    }
}
