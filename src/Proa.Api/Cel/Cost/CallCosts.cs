using Proa.Api.Cel.Checking;
using Proa.Api.Cel.Libraries;
using Proa.Api.Cel.Syntax;
using Proa.Api.Cel.Values;

namespace Proa.Api.Cel.Cost;

/// <summary>What one call may cost, and how large its result may be. For one use.</summary>
internal sealed class CallCosts(CostEstimator estimator, CallExpr call, CostRange[] argCosts)
{
    private const double PerCharacter = 0.1;
    private const double PerPatternCharacter = 0.25;

    private static readonly CostRange s_one = CostRange.Fixed(1);

    private CostRange ArgSum
    {
        get
        {
            var sum = default(CostRange);
            foreach (var cost in argCosts)
            {
                sum += cost;
            }
            return sum;
        }
    }

    private IReadOnlyList<Expr> Args => call.Args;

    public (CostRange Cost, CostRange? Size) Of(Overload overload)
    {
        if ((Lists(overload) ?? Library(overload)) is { } known)
        {
            return (known.Cost + ArgSum, known.Size);
        }
        return Standard(overload);
    }

    private (CostRange Cost, CostRange? Size)? Lists(Overload overload)
    {
        switch (overload.Id)
        {
            case "list_slice":
                var (start, end) = (Whole(Args[0]) ?? 0, Whole(Args[1]) ?? Target().Max);
                return Allocating(1, CostRange.Fixed(unchecked(end - start)));
            case "lists_range":
                return Allocating(1, CostRange.Fixed(Whole(Args[0]) ?? ulong.MaxValue));
            case "list_reverse":
                return Allocating(1, Target());
            case "list_flatten":
                return Allocating(1, Target());
            case "list_flatten_int":
                return Allocating(Whole(Args[0]) ?? ulong.MaxValue, Target());
            case "list_distinct":
                return Allocating(2, Target() * Target());
        }
        if (overload.Function == "sort")
        {
            return Allocating(IsText(overload.Args[0].Element) ? 2.1 : 2, Target() * Target());
        }
        if (overload.Function == "@sortByAssociatedKeys")
        {
            return Allocating(IsText(overload.Args[1].Element) ? 2.1 : 2, Size(Args[0]) * Size(Args[0]));
        }
        return null;
    }

    private (CostRange Cost, CostRange? Size)? Library(Overload overload)
    {
        switch (overload.Function)
        {
            case "check":
                return (CostRange.Fixed(350_000), null);
            case "serviceAccount" or "path" or "group" or "resource" or "subresource" or "namespace" or "name" or "allowed" or "reason" or "error" or "errored"
                or "masked" or "prefixLength" or "family" or "isUnspecified" or "isLoopback" or "isLinkLocalMulticast" or "isLinkLocalUnicast" or "isGlobalUnicast"
                or "format.named" or "sign" or "asInteger" or "isInteger" or "asApproximateFloat" or "isGreaterThan" or "isLessThan" or "compareTo" or "add" or "sub"
                or "major" or "minor" or "patch" or "getScheme" or "getHostname" or "getHost" or "getPort" or "getEscapedPath" or "getQuery":
                return (s_one, null);
            case "fieldSelector" or "labelSelector":
                var selector = Size(Args[0]);
                return (CostRange.Fixed(10) + selector.Scale(PerCharacter) + selector.Scale(0.5).Scale(50), null);
            case "isSorted" or "sum" or "max" or "min" or "indexOf" or "lastIndexOf" when call.Target is not null:
                return (Searching(), null);
            case "url" or "jsonpatch.escapeKey":
                return (Size(Args[0]).Scale(PerCharacter), Size(Args[0]));
            case "lowerAscii" or "upperAscii" or "substring" or "trim" when call.Target is not null:
                return (Target().Scale(PerCharacter), Target());
            case "replace" when call.Target is not null:
                return Replacing();
            case "split" when call.Target is not null:
                var parts = Args.Count > 1 && Whole(Args[1]) is { } most ? most : Target().Max;
                return (Target().Scale(2 * PerCharacter), new CostRange(0, parts));
            case "join" when call.Target is not null:
                return Joining();
            case "find" or "findAll" when call.Target is not null:
                return (Matching(), new CostRange(0, Target().Max));
            case "ip" when overload.Id == "cidr_ip":
                return (s_one, null);
            case "cidr" or "isIP" or "isCIDR" or "ip" or "quantity" or "isQuantity" or "semver" or "isSemver":
                return (Size(Args[0]).Scale(PerCharacter), null);
            case "ip.isCanonical":
                return (Size(Args[0]).Scale(2 * PerCharacter), null);
            case "containsIP":
                var address = new CostRange(4, 16);
                var contains = (address + address).Scale(PerCharacter);
                return (overload.Id == "cidr_contains_ip_string" ? contains + Size(Args[0]).Scale(PerCharacter) : contains, null);
            case "containsCIDR":
                address = new(4, 16);
                contains = (address + address).Scale(PerCharacter) + address.Scale(PerCharacter) + s_one;
                return (overload.Id == "cidr_contains_cidr_string" ? contains + Size(Args[0]).Scale(PerCharacter) : contains, null);
            case "validate":
                return (Size(Args[0]).Scale(PerCharacter).Scale(128 * PerPatternCharacter), null);
            case "sets.contains" or "sets.intersects" or "sets.equivalent":
                var product = Size(Args[0]) * Size(Args[1]);
                return ((overload.Function == "sets.equivalent" ? product + product : product) + s_one, null);
            case Operators.Equal when Args[0].Type!.Is(Args[1].Type!) && Args[0].Type!.Kind == CelTypeKind.Opaque && !Args[0].Type!.IsOptional:
                var type = Args[0].Type!;
                return type.Is(FormatValue.CelType) ? (new CostRange(1, 64).Scale(PerCharacter), null)
                    : type.Is(UrlValue.CelType) ? (new CostRange(1, 1).Scale(PerCharacter), null) : (s_one, null);
            default:
                return null;
        }
    }

    private (CostRange Cost, CostRange? Size) Standard(Overload overload)
    {
        switch (overload.Id)
        {
            case "string_format":
                return (Target().Scale(PerCharacter) + ArgSum, null);
            case "string_to_bytes":
                var size = Size(Args[0]);
                return (size.Scale(PerCharacter) + ArgSum, new CostRange(size.Min, CostRange.Multiply(size.Max, 4)));
            case "bytes_to_string":
                size = Size(Args[0]);
                return (size.Scale(PerCharacter) + ArgSum, new CostRange(size.Min / 4, size.Max));
            case "strings_quote":
                size = Size(Args[0]);
                return (size.Scale(PerCharacter) + ArgSum, size * CostRange.Fixed(2) + CostRange.Fixed(2) is var quoted ? new CostRange(size.Min + 2, quoted.Max) : null);
            case "starts_with_string" or "ends_with_string":
                return (Size(Args[0]).Scale(PerCharacter) + ArgSum, null);
            case "in_list":
                return (Size(Args[1]) + ArgSum, null);
            case "matches_string":
                return (Matching() + ArgSum, null);
            case "contains_string":
                return (Target().Scale(PerCharacter) * Size(Args[0]).Scale(PerCharacter) + ArgSum, null);
            case "logical_or" or "logical_and":
                return (new CostRange(argCosts[0].Min, (argCosts[0] + argCosts[1]).Max), null);
            case "conditional":
                estimator.SetEntry(call, estimator.Entry(Args[1])?.Union(estimator.Entry(Args[2])));
                return (argCosts[0] + argCosts[1].Union(argCosts[2]), Size(Args[1]).Union(Size(Args[2])));
            case "add_string" or "add_bytes" or "add_list":
                var sum = Size(Args[0]) + Size(Args[1]);
                estimator.SetEntry(call, estimator.Entry(Args[0])?.Union(estimator.Entry(Args[1])));
                return ((overload.Id == "add_list" ? s_one : sum.Scale(PerCharacter)) + ArgSum, sum);
        }
        if (Compares(overload))
        {
            var most = Math.Min(Size(Args[0]).Max, Size(Args[1]).Max);
            return (new CostRange(most > 0 ? 1u : 0u, most).Scale(PerCharacter) + ArgSum, null);
        }
        return (s_one + ArgSum, null);
    }

    private static bool Compares(Overload overload) => overload.Id is "equals" or "not_equals"
        || (overload.Function is Operators.Less or Operators.LessEqual or Operators.Greater or Operators.GreaterEqual && IsText(overload.Args[0]) && IsText(overload.Args[1]));

    private CostRange Searching()
    {
        if (call.Target!.Type!.Parameters.Count == 0)
        {
            return Target().Scale(PerCharacter);
        }
        var element = call.Target.Type.Element;
        var each = s_one;
        if (IsText(element))
        {
            each += ItemSize(element).Scale(PerCharacter);
        }
        return Target() * each;
    }

    private CostRange Matching() => (Target() + s_one).Scale(PerCharacter) * Size(Args[0]).Scale(PerPatternCharacter);

    private (CostRange Cost, CostRange? Size) Joining()
    {
        var list = Target();
        var size = call.Target!.Type!.Parameters.Count > 0 ? list * ItemSize(call.Target.Type.Element) : default;
        if (Args.Count > 0)
        {
            size += Size(Args[0]) * new CostRange(list.Min > 0 ? list.Min - 1 : 0, list.Max > 0 ? list.Max - 1 : 0);
        }
        return (size.Scale(PerCharacter), size);
    }

    private (CostRange Cost, CostRange? Size) Replacing()
    {
        var (text, old, by) = (Target(), Size(Args[0]), Size(Args[1]));
        var (countMin, keptMin) = Replacements(text.Min, old.Max, shorter: by.Min < old.Max);
        var (countMax, keptMax) = Replacements(text.Max, old.Min, shorter: by.Max > old.Min);
        return (text.Scale(2 * PerCharacter), new CostRange(countMin, countMax) * by + new CostRange(keptMin, keptMax));
    }

    private static (ulong Count, ulong Kept) Replacements(ulong length, ulong old, bool shorter) =>
        old == 0 ? (length == ulong.MaxValue ? length : length + 1, length)
        : !shorter ? (0, length)
        : ((ulong)Math.Min(Math.Ceiling(length / (double)old), 1.8446744073709550e19), 0);

    private CostRange Target() => Size(call.Target!);

    private CostRange Size(Expr expr) => estimator.SizeOrUnknown(expr);

    private CostRange ItemSize(CelType element)
    {
        var path = estimator.Path(call.Target!);
        return estimator.SizeAt(path.Length == 0 || path[0] == Macros.Accumulator ? [] : [.. path, "@items"], element);
    }

    private static (CostRange Cost, CostRange? Size) Allocating(double factor, CostRange size) => (size.Scale(factor) + CostRange.Fixed(11), size);

    private static ulong? Whole(Expr expr) => expr is LiteralExpr { Value: { Kind: CelKind.Int } value } ? (ulong)Math.Max(0, value.AsInt) : null;

    private static bool IsText(CelType type) => type.Kind is CelTypeKind.String or CelTypeKind.Bytes;
}
