using System.Text;

namespace Proa.ApiServer.Security.Authentication;

/// <summary>The tokens of a file, read once: <c>token,user,uid,"group1,group2"</c> a line. Thread-safe.</summary>
public sealed class StaticTokens : ITokenSource
{
    private readonly Dictionary<string, UserInfo> _users = new(StringComparer.Ordinal);

    /// <exception cref="FormatException">A line has fewer than three columns, or no token.</exception>
    public StaticTokens(IEnumerable<string> lines)
    {
        var number = 0;
        foreach (var line in lines)
        {
            number++;
            if (line.Trim().Length == 0)
            {
                continue;
            }
            var columns = Columns(line);
            if (columns.Count < 3)
            {
                throw new FormatException($"line {number} has {columns.Count} columns, not token, user and uid");
            }
            if (columns[0].Length == 0)
            {
                throw new FormatException($"line {number} has no token");
            }
            List<string> groups = columns.Count > 3 ? [.. columns[3].Split(',')] : [];
            groups.Add(UserInfo.AuthenticatedGroup);
            _users[columns[0]] = new UserInfo(columns[1], groups) { Uid = columns[2] };
        }
    }

    public ValueTask<TokenResult> FindAsync(string token, IReadOnlyList<string> audiences, CancellationToken ct) =>
        new(_users.TryGetValue(token, out var user) ? TokenResult.ForServer(user, audiences) : TokenResult.NotMine);

    private static List<string> Columns(string line)
    {
        var columns = new List<string>();
        var text = new StringBuilder();
        var quoted = false;
        for (var i = 0; i < line.Length; i++)
        {
            var c = line[i];
            if (c == '"')
            {
                if (quoted && i + 1 < line.Length && line[i + 1] == '"')
                {
                    text.Append(c);
                    i++;
                }
                else
                {
                    quoted = !quoted;
                }
            }
            else if (c == ',' && !quoted)
            {
                columns.Add(text.ToString().Trim());
                text.Clear();
            }
            else
            {
                text.Append(c);
            }
        }
        columns.Add(text.ToString().Trim());
        return columns;
    }
}
