using Proa.Api.Cel.Checking;

namespace Proa.Api.Cel.Libraries;

/// <summary>The one list of libraries.</summary>
internal static class AllLibraries
{
    /// <summary>The types that expressions may name.</summary>
    public static IEnumerable<CelType> Types =>
    [
        CelType.Bool, CelType.Bytes, CelType.Double, CelType.Duration, CelType.Timestamp, CelType.Int, CelType.ListOfDyn, CelType.MapOfDyn,
        CelType.Null, CelType.String, CelType.Type, CelType.Uint, CelType.OptionalOf(CelType.Dyn),
        UrlValue.CelType, QuantityValue.CelType, IpValue.CelType, CidrValue.CelType, FormatValue.CelType, SemverValue.CelType,
        AuthorizerLibrary.Authorizer, AuthorizerLibrary.PathCheck, AuthorizerLibrary.GroupCheck, AuthorizerLibrary.ResourceCheck, AuthorizerLibrary.Decision,
    ];

    public static IEnumerable<Overload> Overloads()
    {
        var functions = new FunctionList();
        OperatorLibrary.AddTo(functions);
        ComparisonLibrary.AddTo(functions);
        ConversionLibrary.AddTo(functions);
        TimeLibrary.AddTo(functions);
        StringLibrary.AddTo(functions);
        ListLibrary.AddTo(functions);
        SetLibrary.AddTo(functions);
        OptionalLibrary.AddTo(functions);
        RegexLibrary.AddTo(functions);
        UrlLibrary.AddTo(functions);
        QuantityLibrary.AddTo(functions);
        NetworkLibrary.AddTo(functions);
        FormatLibrary.AddTo(functions);
        SemverLibrary.AddTo(functions);
        AuthorizerLibrary.AddTo(functions);
        return functions;
    }
}
