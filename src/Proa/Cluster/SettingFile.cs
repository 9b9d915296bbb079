namespace Proa.Cluster;

/// <summary>Files that options name.</summary>
internal static class SettingFile
{
    /// <exception cref="UserException">It cannot be read, or is not what the option asks for.</exception>
    public static T Parse<T>(string option, string path, Func<string, T> parse)
    {
        try
        {
            return parse(File.ReadAllText(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or System.Text.Json.JsonException)
        {
            throw new UserException($"{option}: {path}: {e.Message}", "mend the file, or leave the option out");
        }
    }
}
