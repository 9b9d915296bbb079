using System.Buffers;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Proa.ApiServer.Security;

namespace Proa.ApiServer.Aggregation;

/// <summary>Tells an extension server who asks, in the headers of the authenticating proxy. Pure.</summary>
internal static class UserHeaders
{
    private const string Prefix = "X-Remote-";
    private const string Group = "X-Remote-Group";
    private const string ExtraPrefix = "X-Remote-Extra-";
    private static readonly SearchValues<char> s_impossible = SearchValues.Create("\r\n\0" + RepeatedHeader.Separator);
    private static readonly RepeatedHeader s_group = new(Group);

    // RFC 7230's token, without the percent sign: it escapes.
    private const string Plain = "!#$&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /// <summary>Whether a client's header must not be handed on, as the extension server would take it for this server's word.</summary>
    public static bool Is(string name) => name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)
        && (name.AsSpan(Prefix.Length) is var rest)
        && (rest.Equals("User", StringComparison.OrdinalIgnoreCase) || rest.Equals("Uid", StringComparison.OrdinalIgnoreCase)
            || rest.Equals("Group", StringComparison.OrdinalIgnoreCase) || rest.StartsWith("Extra-", StringComparison.OrdinalIgnoreCase));

    /// <summary>How the header's values are written.</summary>
    public static Encoding EncodingOf(string name) =>
        name == Group ? s_group : name.StartsWith(ExtraPrefix, StringComparison.Ordinal) ? new RepeatedHeader(name) : Encoding.UTF8;

    /// <exception cref="HttpRequestException">A part of the user cannot stand in a header.</exception>
    public static void Put(HttpRequestHeaders headers, UserInfo user)
    {
        Add(headers, "X-Remote-User", [user.Name]);
        if (user.Uid.Length > 0)
        {
            Add(headers, "X-Remote-Uid", [user.Uid]);
        }
        Add(headers, Group, user.Groups);
        foreach (var (key, values) in user.Extra)
        {
            Add(headers, ExtraPrefix + Escape(key), values);
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
    private static void Add(HttpRequestHeaders headers, string name, IReadOnlyList<string> values)
    {
        if (values.Count == 0)
        {
            return;
        }
        foreach (var value in values)
        {
            if (value.AsSpan().ContainsAny(s_impossible))
            {
                throw new HttpRequestException($"net/http: invalid header field value for \"{name}\"");
            }
        }
        if (!headers.TryAddWithoutValidation(name, string.Join(RepeatedHeader.Separator, values)))
        {
            throw new HttpRequestException($"net/http: invalid header field value for \"{name}\"");
        }
    }
}
