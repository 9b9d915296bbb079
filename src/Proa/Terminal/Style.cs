namespace Proa.Terminal;

/// <summary>Colours, on a terminal and without NO_COLOR only.</summary>
internal static class Style
{
    public static readonly bool Colours =
        !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) && Environment.GetEnvironmentVariable("TERM") != "dumb";

    public static string Green(string text) => Paint(32, text);

    public static string Yellow(string text) => Paint(33, text);

    public static string Red(string text) => Paint(31, text);

    public static string Bold(string text) => Paint(1, text);

    public static string Dim(string text) => Paint(2, text);

    private static string Paint(int code, string text) => Colours ? $"\x1b[{code}m{text}\x1b[0m" : text;
}
