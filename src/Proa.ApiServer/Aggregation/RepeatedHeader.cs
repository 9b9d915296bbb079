using System.Text;

namespace Proa.ApiServer.Aggregation;

/// <summary>
/// Writes a header as often as it has values. .NET's client joins them with commas, which is right for headers whose values are
/// lists; but a group's name may hold a comma, and extension servers take a line for a name. So the values are joined with a
/// character that no text has, and this encoding makes of it the end of a line and the header's name. HTTP/1.1 only.
/// </summary>
internal sealed class RepeatedHeader(string name) : Encoding
{
    /// <summary>A noncharacter of Unicode, which may not be interchanged.</summary>
    public const char Separator = '\uFFFF';

    private readonly byte[] _next = UTF8.GetBytes($"\r\n{name}: ");

    public override int GetByteCount(char[] chars, int index, int count)
    {
        var bytes = 0;
        foreach (var range in chars.AsSpan(index, count).Split(Separator))
        {
            bytes += UTF8.GetByteCount(chars.AsSpan(index, count)[range]) + _next.Length;
        }
        return bytes - _next.Length;
    }

    public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex)
    {
        var at = byteIndex;
        var first = true;
        foreach (var range in chars.AsSpan(charIndex, charCount).Split(Separator))
        {
            if (!first)
            {
                _next.CopyTo(bytes, at);
                at += _next.Length;
            }
            first = false;
            at += UTF8.GetBytes(chars.AsSpan(charIndex, charCount)[range], bytes.AsSpan(at));
        }
        return at - byteIndex;
    }

    public override int GetMaxByteCount(int charCount) => UTF8.GetMaxByteCount(charCount) + (charCount * _next.Length);

    public override int GetCharCount(byte[] bytes, int index, int count) => UTF8.GetCharCount(bytes, index, count);

    public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex) => UTF8.GetChars(bytes, byteIndex, byteCount, chars, charIndex);

    public override int GetMaxCharCount(int byteCount) => UTF8.GetMaxCharCount(byteCount);
}
