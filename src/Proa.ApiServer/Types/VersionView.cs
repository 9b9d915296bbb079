using Proa.Api.Json;
using Proa.ApiServer.Objects;

namespace Proa.ApiServer.Types;

/// <summary>Shows the bytes of stored objects in the version that a request speaks. Pure.</summary>
internal abstract class VersionView
{
    /// <summary>The stored version is the one spoken.</summary>
    public static readonly VersionView Same = new SameView();

    /// <summary>True when every object is shown as it is stored.</summary>
    public bool IsSame => ReferenceEquals(this, Same);

    public abstract ReadOnlyMemory<byte> Of(ReadOnlyMemory<byte> json);

    /// <summary>Shows a list's items, in their places.</summary>
    public virtual void OfAll(ReadOnlyMemory<byte>[] items)
    {
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = Of(items[i]);
        }
    }

    private sealed class SameView : VersionView
    {
        public override ReadOnlyMemory<byte> Of(ReadOnlyMemory<byte> json) => json;
    }
}

/// <summary>Shows each object converted: a parse and an encoding each, as few kinds have several versions.</summary>
internal sealed class ConvertedView(IVersionConversion conversion) : VersionView
{
    public override ReadOnlyMemory<byte> Of(ReadOnlyMemory<byte> json)
    {
        var obj = conversion.FromStored(JsonTree.ParseObject(json.Span));
        return ObjectBytes.EncodeWhole(obj);
    }
}
