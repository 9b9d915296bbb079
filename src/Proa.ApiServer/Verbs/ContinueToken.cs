using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Proa.ApiServer.Verbs;

/// <summary>Where a page ended: base64url of <c>{"v":"meta.k8s.io/v1","rv":7,"start":"ns/name\u0000"}</c>.</summary>
/// <param name="Revision">-1: the newest, for clients whose token expired.</param>
internal readonly record struct ContinueToken(long Revision, string Namespace, string Name)
{
    public override string ToString()
    {
        var start = Namespace.Length == 0 ? Name : $"{Namespace}/{Name}";
        var json = $"{{\"v\":\"meta.k8s.io/v1\",\"rv\":{Revision.ToString(CultureInfo.InvariantCulture)},\"start\":\"{start}\\u0000\"}}";
        return Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
    }

    /// <param name="namespaced">The list is of all namespaces of a namespaced type.</param>
    /// <param name="error">What the original says of such a token.</param>
    public static bool TryParse(string text, bool namespaced, out ContinueToken token, out string error)
    {
        token = default;
        if (Decode(text) is not { } json)
        {
            error = "continue key is not valid: illegal base64 data at input byte 0";
            return false;
        }
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            if (root.TryGetProperty("v", out var v) ? v.GetString() != "meta.k8s.io/v1" : true)
            {
                error = $"continue key is not valid: server does not recognize this encoded version {(v.ValueKind == JsonValueKind.String ? v.GetString() : "")}";
                return false;
            }
            if (!root.TryGetProperty("rv", out var given) || given.GetInt64() == 0)
            {
                error = "continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)";
                return false;
            }
            var key = root.TryGetProperty("start", out var named) ? named.GetString() ?? "" : "";
            if (key.Length == 0)
            {
                error = "continue key is not valid: encoded start key empty (version meta.k8s.io/v1)";
                return false;
            }
            if (key.TrimStart('/').Split('/').Any(static part => part is "" or "." or ".."))
            {
                error = $"continue key is not valid: {key}";
                return false;
            }
            var start = key.TrimEnd('\0');
            var slash = namespaced ? start.IndexOf('/') : -1;
            token = new(root.GetProperty("rv").GetInt64(), slash < 0 ? "" : start[..slash], start[(slash + 1)..]);
            error = "";
            return true;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            error = json.Length == 0
                ? "continue key is not valid: unexpected end of JSON input"
                : $"continue key is not valid: invalid character '{(char)json[0]}' looking for beginning of value";
            return false;
        }
    }

    /// <summary>Base64url without padding, forgiving of stray bits at the end, as the original is; null when it is not that.</summary>
    private static byte[]? Decode(string text)
    {
        var bytes = new List<byte>(text.Length);
        var (bits, count) = (0, 0);
        foreach (var c in text.TrimEnd('='))
        {
            var digit = c switch
            {
                >= 'A' and <= 'Z' => c - 'A',
                >= 'a' and <= 'z' => c - 'a' + 26,
                >= '0' and <= '9' => c - '0' + 52,
                '-' => 62,
                '_' => 63,
                _ => -1,
            };
            if (digit < 0)
            {
                return null;
            }
            bits = ((bits << 6) | digit) & 0xfff;
            count += 6;
            if (count >= 8)
            {
                count -= 8;
                bytes.Add((byte)(bits >> count));
            }
        }
        return [.. bytes];
    }
}
