using Proa.Api.Cel.Values;

namespace Proa.Api.Cel.Libraries;

/// <summary>The numbers from zero; holds none of them, however many.</summary>
internal sealed class RangeList(int count) : CelList
{
    public override int Count => count;

    public override CelValue this[int index] => CelValue.Of((long)index);
}
