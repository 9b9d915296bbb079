namespace Proa.Store.Tests.Model;

/// <summary>One store of those that share a history, the twin that knows what it must say, and what is read of it.</summary>
/// <param name="revision">The store's at first.</param>
/// <param name="open">Opens it again after it was closed; null: it cannot be.</param>
internal sealed class HistorySide(IObjectStore store, long revision, Func<Task<IObjectStore>>? open)
{
    public IObjectStore Store { get; set; } = store;

    public TwinStore Twin { get; } = new(revision, HistoryRun.HistoryLimit);

    public Func<Task<IObjectStore>>? Open => open;

    /// <summary>Loses the history while others write, and then has everything read again; null: this store cannot.</summary>
    public Func<Func<Task>, Task>? Lose { get; init; }

    public List<(IStoreWatch Real, TwinWatch Twin)> Watches { get; } = [];

    public List<(string Resource, string? Namespace, long Revision, ObjectKey After)> Pages { get; } = [];
}
