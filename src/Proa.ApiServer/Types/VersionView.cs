namespace Proa.ApiServer.Types;

/// <summary>Shows stored objects in the version that a request speaks. Pure.</summary>
internal abstract class VersionView
{
    /// <summary>The stored version is the one spoken.</summary>
    public static readonly VersionView Same = new SameView();

    public abstract ReadOnlyMemory<byte> Of(ReadOnlyMemory<byte> json);

    private sealed class SameView : VersionView
    {
        public override ReadOnlyMemory<byte> Of(ReadOnlyMemory<byte> json) => json;
    }
}
