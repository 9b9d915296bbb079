using Proa.Api.Cel.Checking;
using Proa.Api.Cel.Libraries;
using Proa.Api.Cel.Syntax;
using Proa.Api.Cel.Values;

namespace Proa.Api.Cel.Cost;

/// <summary>How a call's cost follows from its arguments.</summary>
internal enum RuntimeCost : byte
{
    One,
    AccessCheck,
    SelectorParse,
    TraverseFirst,
    First,
    FirstTwice,
    ResultTwice,
    Pattern,
    Format,
    ListSize,
    Smaller,
    Sum,
    Product,
    CidrIp,
    CidrIpText,
    CidrCidr,
    CidrCidrText,
    OutputList,
    Flatten,
    SelfCompareFirst,
    SelfCompareSecond,
    Sets,
}

/// <summary>What calls cost at run time, in the units of the reference implementation and of Kubernetes' libraries.</summary>
internal static class RuntimeCosts
{
    private const double PerCharacter = 0.1;
    private const double PerPatternCharacter = 0.25;

    public static RuntimeCost For(Overload overload) => overload.Function switch
    {
        "check" => RuntimeCost.AccessCheck,
        "fieldSelector" or "labelSelector" => RuntimeCost.SelectorParse,
        "isSorted" or "sum" or "max" or "min" or "indexOf" or "lastIndexOf" => RuntimeCost.TraverseFirst,
        "url" or "lowerAscii" or "upperAscii" or "substring" or "trim" or "jsonpatch.escapeKey" or "cidr" or "isIP" or "isCIDR"
            or "quantity" or "isQuantity" or "semver" or "isSemver" => RuntimeCost.First,
        "ip" when overload.Id != "cidr_ip" => RuntimeCost.First,
        "replace" or "split" or "ip.isCanonical" => RuntimeCost.FirstTwice,
        "join" => RuntimeCost.ResultTwice,
        "find" or "findAll" => RuntimeCost.Pattern,
        "validate" => RuntimeCost.Format,
        "containsIP" => overload.Id == "cidr_contains_ip_string" ? RuntimeCost.CidrIpText : RuntimeCost.CidrIp,
        "containsCIDR" => overload.Id == "cidr_contains_cidr_string" ? RuntimeCost.CidrCidrText : RuntimeCost.CidrCidr,
        "startsWith" or "endsWith" or "strings.quote" or "format" => RuntimeCost.First,
        "bytes" or "string" when overload.Id is "string_to_bytes" or "bytes_to_string" => RuntimeCost.First,
        Operators.In when overload.Id == "in_list" => RuntimeCost.ListSize,
        Operators.Equal or Operators.NotEqual => RuntimeCost.Smaller,
        Operators.Less or Operators.LessEqual or Operators.Greater or Operators.GreaterEqual
            when overload.Args[0].Kind is CelTypeKind.String or CelTypeKind.Bytes => RuntimeCost.Smaller,
        Operators.Add when overload.Id is "add_string" or "add_bytes" => RuntimeCost.Sum,
        "matches" => RuntimeCost.Pattern,
        "contains" => RuntimeCost.Product,
        "slice" or "lists.range" or "reverse" => RuntimeCost.OutputList,
        "flatten" => RuntimeCost.Flatten,
        "distinct" or "sort" => RuntimeCost.SelfCompareFirst,
        "@sortByAssociatedKeys" => RuntimeCost.SelfCompareSecond,
        "sets.contains" or "sets.equivalent" or "sets.intersects" => RuntimeCost.Sets,
        _ => RuntimeCost.One,
    };

    public static long Of(RuntimeCost rule, ReadOnlySpan<CelValue> args, in CelValue result) => rule switch
    {
        RuntimeCost.AccessCheck => 350_000,
        RuntimeCost.SelectorParse => Selector(Size(args[1])),
        RuntimeCost.TraverseFirst => Traverse(args[0], 0),
        RuntimeCost.First => Up(Size(args[0]) * PerCharacter),
        RuntimeCost.FirstTwice => Up(Size(args[0]) * 2 * PerCharacter),
        RuntimeCost.ResultTwice => Up(Size(result) * 2 * PerCharacter),
        RuntimeCost.Pattern => Up((1.0 + Size(args[0])) * PerCharacter) * Up(Size(args[1]) * PerPatternCharacter),
        RuntimeCost.Format => Up((1.0 + Size(args[1])) * PerCharacter) * Up(((FormatValue)args[0].AsOpaque).PatternSize * PerPatternCharacter),
        RuntimeCost.ListSize => Size(args[1]),
        RuntimeCost.Smaller => args[0].Kind == CelKind.Opaque ? 1 : Up(Math.Min(Size(args[0]), Size(args[1])) * PerCharacter),
        RuntimeCost.Sum => Up((Size(args[0]) + Size(args[1])) * PerCharacter),
        RuntimeCost.Product => Up(Size(args[0]) * PerCharacter) * Up(Size(args[1]) * PerCharacter),
        RuntimeCost.CidrIp => Up(Size(args[0]) * 2 * PerCharacter),
        RuntimeCost.CidrIpText => Up(Size(args[0]) * 2 * PerCharacter) + Up(Size(args[1]) * PerCharacter),
        RuntimeCost.CidrCidr => Up(Size(args[0]) * 2 * PerCharacter) + Up(Size(args[0]) * PerCharacter) + 1,
        RuntimeCost.CidrCidrText => Up(Size(args[0]) * 2 * PerCharacter) + Up(Size(args[0]) * PerCharacter) + 1 + Up(Size(args[1]) * PerCharacter),
        RuntimeCost.OutputList => Size(result) + 11,
        RuntimeCost.Flatten => (long)(Size(args[0]) * (double)(args.Length == 2 ? Math.Max(0, args[1].AsInt) : 1)) + 11,
        RuntimeCost.SelfCompareFirst => SelfCompare(args[0].AsList),
        RuntimeCost.SelfCompareSecond => SelfCompare(args[1].AsList),
        RuntimeCost.Sets => (long)(Size(args[0]) * (double)Size(args[1]) * 1.0) + 1,
        _ => 1,
    };

    private static long Size(in CelValue value) => value.Kind == CelKind.Optional
        ? value.AsOptional.HasValue ? Size(value.AsOptional.Value) : 1
        : OperatorLibrary.SizeOf(value);

    private static long Up(double cost) => (long)Math.Ceiling(cost);

    private static long Selector(long length) => 10 + Up(length * PerCharacter) + Up(Up(length * 0.5) * 50.0);

    private static long SelfCompare(CelList list)
    {
        var text = list.Count > 0 && list[0].Kind is CelKind.String or CelKind.Bytes;
        return (long)((double)list.Count * list.Count * (text ? 2.1 : 2.0)) + 11;
    }

    private static long Traverse(in CelValue value, int depth)
    {
        switch (value.Kind)
        {
            case CelKind.String:
                return (long)(value.AsString.Length * PerCharacter);
            case CelKind.Bytes:
                return (long)(value.AsBytes.Length * PerCharacter);
            case CelKind.List when depth < 64:
                var sum = 0L;
                for (var i = 0; i < value.AsList.Count; i++)
                {
                    sum += Traverse(value.AsList[i], depth + 1);
                }
                return sum;
            case CelKind.Map when depth < 64:
                sum = 0;
                foreach (var key in value.AsMap.Keys)
                {
                    value.AsMap.TryGet(key, out var member);
                    sum += Traverse(key, depth + 1) + Traverse(member, depth + 1);
                }
                return sum;
            default:
                return 1;
        }
    }
}
