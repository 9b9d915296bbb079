namespace Proa.Store.Index;

/// <summary>
/// Which terms the objects of one leaf have, as a Bloom filter: a selective list looks at a few leaves of thousands. With the 48
/// objects of a full leaf and three terms of their own each, one leaf in a hundred is looked at in vain.
/// </summary>
internal sealed class LeafTerms
{
    private const int Bits = 2048;
    private readonly ulong[] _bits = new ulong[Bits / 64];

    public LeafTerms(ReadOnlySpan<StoredObject> objects)
    {
        foreach (var obj in objects)
        {
            Add(obj.Index.Labels);
            Add(obj.Index.Fields);
        }
    }

    public bool MayHaveOneOf(IndexTerm[] terms)
    {
        foreach (var term in terms)
        {
            var (first, second) = Places(term);
            if (IsSet(first) && IsSet(second))
            {
                return true;
            }
        }
        return false;
    }

    private void Add(IReadOnlyList<KeyValuePair<string, string>> pairs)
    {
        for (var i = 0; i < pairs.Count; i++)
        {
            var (name, value) = pairs[i];
            Set(IndexTerm.Of(name));
            Set(IndexTerm.Of(name, value));
        }
    }

    private void Set(IndexTerm term)
    {
        var (first, second) = Places(term);
        _bits[first >> 6] |= 1UL << first;
        _bits[second >> 6] |= 1UL << second;
    }

    private bool IsSet(int place) => (_bits[place >> 6] & (1UL << place)) != 0;

    private static (int First, int Second) Places(IndexTerm term) => (term.Hash & (Bits - 1), (term.Hash >>> 16) & (Bits - 1));
}
