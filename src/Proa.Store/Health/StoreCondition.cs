namespace Proa.Store.Health;

/// <summary>How the disk below a store is.</summary>
public enum StoreCondition
{
    Healthy,

    /// <summary>Writes are made, but several syncs of the last minute took longer than <see cref="StoreHealth.SlowSync"/>.</summary>
    Slow,

    /// <summary>A sync has been under way for longer than <see cref="StoreHealth.StalledAfter"/>; new writes are refused meanwhile.</summary>
    Stalled,

    /// <summary>The last write was refused by the disk: full, read-only, broken.</summary>
    Refusing,
}
