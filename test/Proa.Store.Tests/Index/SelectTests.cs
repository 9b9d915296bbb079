using Proa.Store.Index;

namespace Proa.Store.Tests.Index;

public sealed class SelectTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Select_RandomTreesAndFilters_EqualsTryingEachObject(int seed)
    {
        var random = new Random(seed);
        var tree = ObjectTree.Empty;
        for (var step = 0; step < 3000; step++)
        {
            var name = $"n{random.Next(2000):d4}";
            tree = random.Next(4) == 0 ? tree.Remove("a", name) : tree.Set(Object("a", name, random));
            if (step % 50 != 0)
            {
                continue;
            }
            // Asked of trees that share leaves with those asked before: what a leaf remembers must be its own.
            var items = tree.Slice(null);
            var filter = new TermFilter("tier", $"t{random.Next(30)}");
            var limit = random.Next(3) == 0 ? long.MaxValue : random.Next(1, 6);
            var chosen = new List<StoredObject>();
            var passed = CollectionSnapshot.Select(items, filter, limit, chosen);
            var all = items.ToList();
            var expected = all.Where(filter.Matches).Take((int)Math.Min(limit, int.MaxValue)).ToList();
            Assert.Equal(expected, chosen);
            Assert.Equal(chosen.Count < limit ? all.Count : all.IndexOf(chosen[^1]) + 1, passed);
        }
    }

    [Fact]
    public void Select_NeededTerms_PassesOverLeavesWithoutLooking()
    {
        var objects = Enumerable.Range(0, 30_000).Select(i => Object("a", $"n{i:d5}", i)).ToList();
        var filter = new TermFilter("tier", "t17");
        var chosen = new List<StoredObject>();
        CollectionSnapshot.Select(ObjectTree.Build(objects).Slice(null), filter, long.MaxValue, chosen);
        Assert.Equal(["n00017"], chosen.Select(obj => obj.Key.Name));
        // One leaf holds it; some others seem to.
        Assert.InRange(filter.Looked, 1, 3000);
    }

    private static StoredObject Object(string ns, string name, Random random) => Object(ns, name, random.Next(30));

    private static StoredObject Object(string ns, string name, int tier) => new()
    {
        Key = new ObjectKey("things", ns, name),
        Revision = 1,
        CreateRevision = 1,
        Json = "{}"u8.ToArray(),
        Index = new ObjectIndex { Labels = [new("app", "x"), new("tier", $"t{tier}")] },
    };

    private sealed class TermFilter(string name, string value) : ObjectFilter
    {
        public int Looked { get; private set; }

        public override IReadOnlyList<IndexTerm[]> Needed { get; } = [[IndexTerm.Of(name, value)], [IndexTerm.Of(name)]];

        public override bool Matches(StoredObject obj)
        {
            Looked++;
            return obj.Index.Labels.Contains(new(name, value));
        }
    }
}
