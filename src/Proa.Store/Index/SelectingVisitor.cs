namespace Proa.Store.Index;

/// <summary>Collects what matches, up to a limit.</summary>
/// <param name="filter">Null: everything matches.</param>
internal sealed class SelectingVisitor(ObjectFilter? filter, long limit, List<StoredObject> chosen) : LeafVisitor
{
    private readonly IReadOnlyList<IndexTerm[]> _needed = filter?.Needed ?? [];

    /// <summary>How many objects were gone through.</summary>
    public int Passed { get; private set; }

    public override bool Take(TreeLeaf leaf, int start, int end)
    {
        if (!leaf.MayHave(_needed))
        {
            Passed += end - start;
            return true;
        }
        foreach (var obj in leaf.Items[start..end])
        {
            if (chosen.Count >= limit)
            {
                return false;
            }
            Passed++;
            if (filter is null || filter.Matches(obj))
            {
                chosen.Add(obj);
            }
        }
        return chosen.Count < limit;
    }
}
