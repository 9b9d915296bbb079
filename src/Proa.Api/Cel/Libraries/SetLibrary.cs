using Proa.Api.Cel.Checking;
using Proa.Api.Cel.Values;

namespace Proa.Api.Cel.Libraries;

/// <summary>Lists taken as sets.</summary>
internal static class SetLibrary
{
    public static void AddTo(FunctionList f)
    {
        CelType[] two = [FunctionList.ListOfA, FunctionList.ListOfA];
        f.Global("sets.contains", "list_sets_contains_list", two, CelType.Bool, static a => CelValue.Of(ContainsAll(a[0].AsList, a[1].AsList)));
        f.Global("sets.equivalent", "list_sets_equivalent_list", two, CelType.Bool,
            static a => CelValue.Of(ContainsAll(a[0].AsList, a[1].AsList) && ContainsAll(a[1].AsList, a[0].AsList)));
        f.Global("sets.intersects", "list_sets_intersects_list", two, CelType.Bool, static a =>
        {
            for (var i = 0; i < a[0].AsList.Count; i++)
            {
                if (Contains(a[1].AsList, a[0].AsList[i]))
                {
                    return CelValue.True;
                }
            }
            return CelValue.False;
        });
    }

    private static bool ContainsAll(CelList list, CelList items)
    {
        for (var i = 0; i < items.Count; i++)
        {
            if (!Contains(list, items[i]))
            {
                return false;
            }
        }
        return true;
    }

    private static bool Contains(CelList list, in CelValue item)
    {
        for (var i = 0; i < list.Count; i++)
        {
            if (CelEquality.Equal(list[i], item).IsTrue)
            {
                return true;
            }
        }
        return false;
    }
}
