using Proa.Api.Cel.Values;

namespace Proa.Api.Cel.Libraries;

/// <summary>Two lists, one after the other; copies neither, so that adding costs the same however long they are.</summary>
internal sealed class ConcatList(CelList first, CelList second) : CelList
{
    public override int Count { get; } = (int)Math.Min(int.MaxValue, (long)first.Count + second.Count);

    public override CelValue this[int index] => index < first.Count ? first[index] : second[index - first.Count];
}
