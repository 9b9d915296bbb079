using Proa.Api.Cel.Checking;
using Proa.Api.Cel.Values;

namespace Proa.Api.Cel.Libraries;

/// <summary>Absolute URLs and absolute paths.</summary>
internal static class UrlLibrary
{
    public static void AddTo(FunctionList f)
    {
        var type = UrlValue.CelType;
        f.Global("url", "string_to_url", [CelType.String], type, static a => UrlValue.TryParse(a[0].AsString, out var url, out var error)
            ? CelValue.Of(url!)
            : CelValue.Error($"URL parse error during conversion from string: {error}"));
        f.Global("isURL", "is_url_string", [CelType.String], CelType.Bool, static a => CelValue.Of(UrlValue.TryParse(a[0].AsString, out _, out _)));
        f.Member("getScheme", "url_get_scheme", [type], CelType.String, static a => CelValue.Of(Get(a[0]).Scheme));
        f.Member("getHost", "url_get_host", [type], CelType.String, static a => CelValue.Of(Get(a[0]).Host));
        f.Member("getHostname", "url_get_hostname", [type], CelType.String, static a => CelValue.Of(Get(a[0]).Hostname));
        f.Member("getPort", "url_get_port", [type], CelType.String, static a => CelValue.Of(Get(a[0]).Port));
        f.Member("getEscapedPath", "url_get_escaped_path", [type], CelType.String, static a => CelValue.Of(Get(a[0]).Path));
        f.Member("getQuery", "url_get_query", [type], CelType.MapOf(CelType.String, FunctionList.ListOfString), static a => CelValue.Of(Get(a[0]).Query()));
    }

    private static UrlValue Get(in CelValue value) => (UrlValue)value.AsOpaque;
}
