using System.Buffers.Text;
using System.Text;

namespace Proa.ApiServer.Security.Authentication;

internal static class Base64
{
    /// <summary>Decodes URL-safe base64; anything else is empty.</summary>
    public static byte[] Bytes(ReadOnlySpan<char> text)
    {
        var bytes = new byte[Base64Url.GetMaxDecodedLength(text.Length)];
        return Base64Url.IsValid(text) && Base64Url.TryDecodeFromChars(text, bytes, out var written) ? bytes[..written] : [];
    }

    public static string Text(ReadOnlySpan<char> text) => Encoding.UTF8.GetString(Bytes(text));
}
