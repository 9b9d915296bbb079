using System.Text;

namespace Proa.Bench.Api.Client;

/// <summary>The objects that are written.</summary>
internal static class Objects
{
    private static readonly string s_half = new('x', 330);

    public static byte[] Namespace(string name) => Utf8($$$"""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"{{{name}}}"}}""");

    /// <summary>A ConfigMap of half a kilobyte.</summary>
    public static byte[] ConfigMap(string name) => ConfigMap(name, s_half);

    public static byte[] ConfigMap(string name, string value) =>
        Utf8($$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{{name}}}"},"data":{"value":"{{{value}}}"}}""");

    /// <summary>A Secret with a label and a type by which it can be selected; both occur once in <paramref name="groups"/>.</summary>
    public static byte[] Secret(int index, int groups) => Utf8(
        $$$"""{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s-{{{index}}}","labels":{"app":"bench","group":"g-{{{index % groups}}}"}},"type":"bench.proa.dev/t-{{{index % groups}}}","data":{"value":"eHh4eHh4eHg="}}""");

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
