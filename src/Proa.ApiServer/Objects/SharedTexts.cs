using System.Text;

namespace Proa.ApiServer.Objects;

/// <summary>
/// Gives equal texts one string, as long as they are not too many: the labels of a thousand pods are the same few. A text that
/// meets another in its place takes it, so that it never grows. Thread-safe.
/// </summary>
internal sealed class SharedTexts
{
    private const int Places = 1024;
    private const int LongestText = 128;
    private string?[]? _texts;

    public string Of(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > LongestText)
        {
            return Encoding.UTF8.GetString(utf8);
        }
        Span<char> text = stackalloc char[LongestText];
        return Of(text[..Encoding.UTF8.GetChars(utf8, text)], null);
    }

    public string Of(string text) => text.Length > LongestText ? text : Of(text, text);

    private string Of(ReadOnlySpan<char> text, string? made)
    {
        // Whichever thread's text stays is as good as another's.
        ref var place = ref (_texts ??= new string?[Places])[string.GetHashCode(text) & (Places - 1)];
        return place is { } known && text.SequenceEqual(known) ? known : place = made ?? text.ToString();
    }
}
