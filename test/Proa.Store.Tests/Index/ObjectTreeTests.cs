using Proa.Store.Index;

namespace Proa.Store.Tests.Index;

public sealed class ObjectTreeTests
{
    [Theory]
    [InlineData(1, 40)]
    [InlineData(2, 400)]
    [InlineData(3, 20_000)]
    public void SetAndRemove_RandomHistory_EqualsSortedDictionary(int seed, int names)
    {
        var random = new Random(seed);
        var model = new SortedDictionary<string, StoredObject>(StringComparer.Ordinal);
        var tree = ObjectTree.Empty;
        for (var step = 0; step < 20_000; step++)
        {
            var obj = Object($"ns{random.Next(3)}", $"n{random.Next(names)}");
            if (random.Next(5) < (step < 10_000 ? 4 : 1))
            {
                tree = tree.Set(obj);
                model[Text(obj)] = obj;
            }
            else
            {
                tree = tree.Remove(obj.Key.Namespace, obj.Key.Name);
                model.Remove(Text(obj));
            }
            Assert.Equal(model.Count, tree.Count);
            Assert.Same(model.GetValueOrDefault(Text(obj)), tree.Find(obj.Key.Namespace, obj.Key.Name));
            if (step % 1000 == 0)
            {
                AssertSame(model, tree);
            }
        }
        AssertSame(model, tree);
    }

    [Fact]
    public void Set_OldTree_StaysAsItWas()
    {
        var before = ObjectTree.Build([.. Enumerable.Range(0, 1000).Select(i => Object("a", $"n{i:d4}"))]);
        var was = before.Slice(null).ToList();
        var after = before.Remove("a", "n0500").Set(Object("a", "n0500x")).Set(Object("a", "n0001"));
        Assert.Equal(was, before.Slice(null));
        Assert.NotEqual(was, after.Slice(null));
        Assert.Equal(1000, after.Count);
    }

    [Fact]
    public void Remove_Everything_IsEmpty()
    {
        var objects = Enumerable.Range(0, 5000).Select(i => Object("a", $"n{i:d5}")).ToList();
        var tree = ObjectTree.Build(objects);
        foreach (var obj in objects)
        {
            tree = tree.Remove(obj.Key.Namespace, obj.Key.Name);
        }
        Assert.Same(ObjectTree.Empty, tree);
        Assert.Empty(tree.Slice("a"));
    }

    [Fact]
    public void Slice_NamespaceThatBeginsAnother_HoldsOnlyItsOwn()
    {
        var tree = ObjectTree.Empty;
        foreach (var ns in (string[])["a", "a-b", "a.b", "ab", "", "b"])
        {
            tree = tree.Set(Object(ns, "x")).Set(Object(ns, "y"));
        }
        Assert.All((string[])["a", "a-b", "a.b", "ab", "", "b"], ns => Assert.Equal([$"{ns}/x", $"{ns}/y"], tree.Slice(ns).Select(Text)));
        // etcd's order: - and . come before /.
        Assert.Equal(["", "a-b", "a.b", "a", "ab", "b"], tree.Slice(null).Select(obj => obj.Key.Namespace).Distinct());
    }

    [Fact]
    public void After_KeyThereOrGone_GoesOnBehindIt()
    {
        var tree = ObjectTree.Build([.. Enumerable.Range(0, 300).Select(i => Object("a", $"n{i:d3}"))]);
        var slice = tree.Slice("a");
        Assert.Equal("n011", slice.After("a", "n010")[0].Key.Name);
        Assert.Equal("n011", slice.After("a", "n010x")[0].Key.Name);
        Assert.Empty(slice.After("a", "n299"));
        Assert.Equal(300, slice.After("", "zzz").Count);
        Assert.Empty(slice.After("b", "a"));
    }

    private static void AssertSame(SortedDictionary<string, StoredObject> model, ObjectTree tree)
    {
        Assert.Equal(model.Values, tree.Slice(null));
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(model.Values.Where(obj => obj.Key.Namespace == $"ns{i}"), tree.Slice($"ns{i}"));
        }
        var all = tree.Slice(null);
        for (var i = 0; i < all.Count; i += 37)
        {
            Assert.Same(model.Values.ElementAt(i), all[i]);
        }
    }

    private static string Text(StoredObject obj) => $"{obj.Key.Namespace}/{obj.Key.Name}";

    private static StoredObject Object(string ns, string name) => new()
    {
        Key = new ObjectKey("r", ns, name),
        Revision = 1,
        CreateRevision = 1,
        Json = default,
        Index = ObjectIndex.Empty,
    };
}
