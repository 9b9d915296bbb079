using Proa.Api.Cel.Checking;
using Proa.Api.Cel.Values;

namespace Proa.Api.Cel.Libraries;

/// <summary>Regular expressions.</summary>
internal static class RegexLibrary
{
    public static void AddTo(FunctionList f)
    {
        CelType[] two = [CelType.String, CelType.String];
        CelFunction matches = static a => RegularExpressions.Compile(a[1].AsString, out var error) is { } regex
            ? CelValue.Of(regex.IsMatch(a[0].AsString))
            : CelValue.Error(error);
        f.Global("matches", "matches", two, CelType.Bool, matches);
        f.Member("matches", "matches_string", two, CelType.Bool, matches);
        f.Member("find", "string_find_string", two, CelType.String, static a => RegularExpressions.Compile(a[1].AsString, out var error) is { } regex
            ? CelValue.Of(regex.Match(a[0].AsString).Value)
            : CelValue.Error($"Illegal regex: {error}"));
        f.Member("findAll", "string_find_all_string", two, FunctionList.ListOfString, static a => FindAll(a[0].AsString, a[1].AsString, -1));
        f.Member("findAll", "string_find_all_string_int", [CelType.String, CelType.String, CelType.Int], FunctionList.ListOfString,
            static a => FindAll(a[0].AsString, a[1].AsString, a[2].AsInt));
    }

    private static CelValue FindAll(string text, string pattern, long most)
    {
        if (RegularExpressions.Compile(pattern, out var error) is not { } regex)
        {
            return CelValue.Error($"Illegal regex: {error}");
        }
        var found = new List<CelValue>();
        if (most != 0)
        {
            for (var match = regex.Match(text); match.Success && (most < 0 || found.Count < most); match = match.NextMatch())
            {
                found.Add(CelValue.Of(match.Value));
            }
        }
        return CelValue.Of(new CelValueList(found));
    }
}
