using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Proa.ApiServer.Security;

namespace Proa.ApiServer.Aggregation;

/// <summary>Tells an extension server who asks, in the headers of the authenticating proxy. Pure.</summary>
internal static class UserHeaders
{
    private const string Prefix = "X-Remote-";

    // RFC 7230's token, without the percent sign: it escapes.
    private const string Plain = "!#$&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /// <summary>Whether a client's header must not be handed on, as the extension server would take it for this server's word.</summary>
    public static bool Is(string name) => name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)
        && (name.AsSpan(Prefix.Length) is var rest)
        && (rest.Equals("User", StringComparison.OrdinalIgnoreCase) || rest.Equals("Uid", StringComparison.OrdinalIgnoreCase)
            || rest.Equals("Group", StringComparison.OrdinalIgnoreCase) || rest.StartsWith("Extra-", StringComparison.OrdinalIgnoreCase));

    /// <exception cref="HttpRequestException">A part of the user cannot stand in a header.</exception>
    public static void Put(HttpRequestHeaders headers, UserInfo user)
    {
        Add(headers, "X-Remote-User", user.Name);
        if (user.Uid.Length > 0)
        {
            Add(headers, "X-Remote-Uid", user.Uid);
        }
        foreach (var group in user.Groups)
        {
            Add(headers, "X-Remote-Group", group);
        }
        foreach (var (key, values) in user.Extra)
        {
            foreach (var value in values)
            {
                Add(headers, "X-Remote-Extra-" + Escape(key), value);
            }
        }
    }

    public static string Escape(string key)
    {
        if (key.AsSpan().IndexOfAnyExcept(Plain) < 0)
        {
            return key;
        }
        var escaped = new StringBuilder(key.Length + 8);
        foreach (var value in Encoding.UTF8.GetBytes(key))
        {
            if (value < 128 && Plain.Contains((char)value))
            {
                escaped.Append((char)value);
            }
            else
            {
                escaped.Append(CultureInfo.InvariantCulture, $"%{value:X2}");
            }
        }
        return escaped.ToString();
    }

    // Without it the server would take the user for somebody with fewer groups, or for nobody.
    private static void Add(HttpRequestHeaders headers, string name, string value)
    {
        if (value.AsSpan().ContainsAny('\r', '\n', '\0') || !headers.TryAddWithoutValidation(name, value))
        {
            throw new HttpRequestException($"net/http: invalid header field value for \"{name}\"");
        }
    }
}
