using Proa.Api.Json;
using Proa.ApiServer.Objects;
using Proa.ApiServer.Types;

namespace Proa.ApiServer.CustomResources;

/// <summary>
/// Shows custom resources that were written before their definition last changed as it has them now: with its defaults, without
/// what it does not know any more. Those written since are shown as they are. Pure.
/// </summary>
/// <param name="since">The definition's revision.</param>
internal sealed class FollowedView(VersionView inner, Func<TypeRules> rules, long since) : VersionView
{
    public override ReadOnlyMemory<byte> Of(ReadOnlyMemory<byte> json) => Follow(json, inner.Of(json));

    public override void OfAll(ReadOnlyMemory<byte>[] items)
    {
        ReadOnlyMemory<byte>[] stored = [.. items];
        inner.OfAll(items);
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = Follow(stored[i], items[i]);
        }
    }

    private ReadOnlyMemory<byte> Follow(ReadOnlyMemory<byte> stored, ReadOnlyMemory<byte> shown)
    {
        if (ObjectBytes.RevisionOf(stored.Span) >= since)
        {
            return shown;
        }
        var obj = JsonTree.ParseObject(shown.Span);
        rules().Follow(obj);
        return ObjectBytes.EncodeWhole(obj);
    }
}
