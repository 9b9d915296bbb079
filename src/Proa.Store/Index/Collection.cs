namespace Proa.Store.Index;

/// <summary>The live part of one resource's collection: its history and its watches. Guarded by the index's gate.</summary>
internal sealed class Collection(string resource, int ordinal, long floor)
{
    public string Resource { get; } = resource;

    public int Ordinal { get; } = ordinal;

    public ChangeHistory History { get; } = new(floor);

    public List<StoreWatch> Watches { get; } = [];
}
