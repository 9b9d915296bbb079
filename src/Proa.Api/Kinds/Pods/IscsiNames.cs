using System.Text.RegularExpressions;

namespace Proa.Api.Kinds.Pods;

/// <summary>The names of iSCSI nodes: <c>iqn.2001-04.com.example:disk</c>, <c>eui.</c> with 16 and <c>naa.</c> with 32 letters or digits.</summary>
internal static partial class IscsiNames
{
    public const string Malformed = "must be valid format";
    public const string UnknownForm = "must be valid format starting with iqn, eui, or naa";

    /// <summary>What is wrong with a name; null when nothing is.</summary>
    /// <param name="unknown">What is said of a name of no known form.</param>
    public static string? Wrong(string name, string unknown) => name.Length < 3 ? unknown : name[..3] switch
    {
        "iqn" => Iqn().IsMatch(name) ? null : Malformed,
        "eui" => Eui().IsMatch(name) ? null : Malformed,
        "naa" => Naa().IsMatch(name) ? null : Malformed,
        _ => unknown,
    };

    [GeneratedRegex(@"iqn\.[0-9]{4}-[0-9]{2}\.[A-Za-z0-9.-]+:[^,;*&$|\t\n\f\r ]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex Iqn();

    [GeneratedRegex(@"^eui.[A-Za-z0-9]{16}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Eui();

    [GeneratedRegex(@"^naa.[A-Za-z0-9]{32}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Naa();
}
