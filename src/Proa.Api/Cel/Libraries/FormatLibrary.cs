using System.Collections.Frozen;
using Proa.Api.Cel.Checking;
using Proa.Api.Cel.Values;
using Proa.Api.Meta;
using Proa.Api.Schema;

namespace Proa.Api.Cel.Libraries;

/// <summary>Named forms that a string may have, such as <c>format.dns1123Label()</c>.</summary>
internal static class FormatLibrary
{
    private const int DateTimePattern = 128;

    private static readonly FrozenDictionary<string, FormatValue> s_formats = new FormatValue[]
    {
        new("dns1123Label", "DNS1123Label", 30, Names.DnsLabel),
        new("dns1123Subdomain", "DNS1123Subdomain", 60, Names.DnsSubdomain),
        new("dns1035Label", "DNS1035Label", 30, Names.Dns1035Label),
        new("qualifiedName", "QualifiedName", 60, Names.QualifiedName),
        new("dns1123LabelPrefix", "DNS1123LabelPrefix", 30, static text => Names.DnsLabel(Prefix(text))),
        new("dns1123SubdomainPrefix", "DNS1123SubdomainPrefix", 60, static text => Names.DnsSubdomain(Prefix(text))),
        new("dns1035LabelPrefix", "DNS1035LabelPrefix", 30, static text => Names.Dns1035Label(Prefix(text))),
        new("labelValue", "LabelValue", 40, Names.LabelValue),
        new("uri", "URI", 1103, static text => UrlValue.TryParse(text, out _, out var error) ? [] : [error]),
        new("uuid", "uuid", 73, static text => StringFormats.IsValid("uuid", text) ? [] : ["does not match the UUID format"]),
        new("byte", "byte", 84, static text => StringFormats.IsValid("byte", text) ? [] : ["invalid base64"]),
        new("date", "date", DateTimePattern, static text => StringFormats.IsValid("date", text) ? [] : ["invalid date"]),
        new("datetime", "datetime", DateTimePattern, static text => StringFormats.IsValid("date-time", text) ? [] : ["invalid datetime"]),
    }.ToFrozenDictionary(static format => format.Key, StringComparer.Ordinal);

    public static void AddTo(FunctionList f)
    {
        foreach (var (name, format) in s_formats)
        {
            var value = CelValue.Of(format);
            f.Global("format." + name, "format." + name, [], FormatValue.CelType, _ => value);
        }
        f.Global("format.named", "format-named", [CelType.String], CelType.OptionalOf(FormatValue.CelType),
            static a => CelValue.Of(s_formats.TryGetValue(a[0].AsString, out var format) ? new CelOptional(CelValue.Of(format)) : CelOptional.None));
        f.Member("validate", "format-validate", [FormatValue.CelType, CelType.String], CelType.OptionalOf(FunctionList.ListOfString), static a =>
        {
            var problems = ((FormatValue)a[0].AsOpaque).Check(a[1].AsString);
            return CelValue.Of(problems.Length == 0
                ? CelOptional.None
                : new CelOptional(CelValue.Of(new CelValueList([.. problems.Select(static problem => CelValue.Of(problem))]))));
        });
    }

    private static string Prefix(string text) => text.EndsWith('-') ? text[..^1] + "a" : text;
}

/// <summary>A named form as a value of the language.</summary>
/// <param name="patternSize">What costs take for the length of its pattern.</param>
internal sealed class FormatValue(string key, string name, int patternSize, Func<string, string[]> check) : CelOpaque
{
    public static readonly CelType CelType = CelType.OpaqueNamed("kubernetes.NamedFormat");

    public string Key => key;

    public int PatternSize => patternSize;

    public Func<string, string[]> Check => check;

    public override CelType Type => CelType;

    public override string ToString() => name;
}
