using System.Net;
using Proa.Network.Proxy;

namespace Proa.Network.Tests.Proxy;

public sealed class ProxyStateTests
{
    private static readonly IPNetwork s_pods = IPNetwork.Parse("10.0.0.0/28");

    /// <summary>A kernel in a dictionary, as strict as the real one, must after each change hold what a fresh computation says.</summary>
    [Fact]
    public void Set_AnyHistory_KernelHoldsWhatIsWanted()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var state = new ProxyState(s_pods);
            var kernel = new HashSet<Element>();
            var keys = new Dictionary<(ElementSet, FrontendKey, uint, Backend), Element>();
            var wanted = new Dictionary<string, List<Frontend>>();
            for (var step = 0; step < 60; step++)
            {
                var change = new ElementChange();
                for (var i = random.Next(1, 4); i > 0; i--)
                {
                    var owner = $"o{random.Next(5)}";
                    var frontends = Enumerable.Range(0, random.Next(4)).Select(_ => RandomFrontend(random)).DistinctBy(f => f.Key).ToList();
                    wanted[owner] = frontends;
                    state.Set(owner, frontends, change);
                }
                foreach (var element in change.Removed)
                {
                    Assert.True(kernel.Remove(element), $"seed {seed} step {step}: {element} is not there");
                    keys.Remove(KeyOf(element));
                }
                foreach (var element in change.Added)
                {
                    Assert.True(kernel.Add(element), $"seed {seed} step {step}: {element} is there");
                    Assert.True(keys.TryAdd(KeyOf(element), element), $"seed {seed} step {step}: key of {element} is there");
                }
                Assert.True(kernel.SetEquals(state.Everything().Added));
                CheckAgainstTwin(wanted, state);
                CheckElements(state, kernel);
            }
        }
    }

    [Fact]
    public void Set_OneBackendOfManyReplaced_TouchesOneElement()
    {
        var state = new ProxyState(s_pods);
        var key = new FrontendKey(new Ip4(1), 6, 80);
        Backend[] backends = [.. Enumerable.Range(1, 10).Select(i => new Backend(new Ip4((uint)i), 80))];
        state.Set("s", [new Frontend(key, backends)], new ElementChange());
        var change = new ElementChange();
        state.Set("s", [new Frontend(key, [.. backends.Skip(1), new Backend(new Ip4(99), 80)])], change);
        Assert.Single(change.Removed, e => e.Set == ElementSet.Endpoints);
        Assert.Single(change.Added, e => e.Set == ElementSet.Endpoints);
        Assert.DoesNotContain(change.Added, e => e.Set == ElementSet.Services);
    }

    [Fact]
    public void Set_TwoClaimOneAddress_FirstHasItUntilItLetsGo()
    {
        var state = new ProxyState(s_pods);
        var key = new FrontendKey(new Ip4(1), 6, 80);
        Frontend one = new(key, [new Backend(new Ip4(1), 1)]), two = new(key, [new Backend(new Ip4(2), 2)]);
        state.Set("a", [one], new ElementChange());
        state.Set("b", [two], new ElementChange());
        Assert.Equal(one.Backends, state.Find(key)!.Backends);
        state.Set("a", [], new ElementChange());
        Assert.Equal(two.Backends, state.Find(key)!.Backends);
        state.Set("b", [], new ElementChange());
        Assert.Null(state.Find(key));
        Assert.Empty(state.Everything().Added);
    }

    /// <summary>Each address and port that anyone wants is held by one who wants it, with exactly the backends wanted.</summary>
    private static void CheckAgainstTwin(Dictionary<string, List<Frontend>> wanted, ProxyState state)
    {
        var held = state.Frontends.ToDictionary(f => f.Key);
        Assert.True(held.Keys.ToHashSet().SetEquals(wanted.Values.SelectMany(f => f).Select(f => f.Key)));
        foreach (var (key, frontend) in held)
        {
            Assert.Contains(wanted.Values.SelectMany(f => f), f => f.Key == key && f.AffinitySeconds == frontend.AffinitySeconds
                && f.Absence == frontend.Absence && f.Backends.ToHashSet().SetEquals(frontend.Backends));
        }
    }

    private static void CheckElements(ProxyState state, HashSet<Element> kernel)
    {
        var frontends = state.Frontends.ToList();
        Assert.Equal(frontends.Sum(f => f.Backends.Count), kernel.Count(e => e.Set == ElementSet.Endpoints));
        Assert.Equal(frontends.Count(f => f.Backends.Count > 0), kernel.Count(e => e.Set == ElementSet.Services));
        Assert.Equal(frontends.Count(f => f.Backends.Count == 0), kernel.Count(e => e.Set == ElementSet.Refusals));
        Assert.Equal(
            frontends.SelectMany(f => f.Backends).Select(b => b.Address).Where(a => a.In(s_pods)).ToHashSet(),
            kernel.Where(e => e.Set == ElementSet.Hairpin).Select(e => e.Backend.Address).ToHashSet());
    }

    private static (ElementSet, FrontendKey, uint, Backend) KeyOf(Element e) => e.Set switch
    {
        ElementSet.Endpoints or ElementSet.Picks => (e.Set, e.Frontend, e.Number, default),
        ElementSet.Sticky => (e.Set, e.Frontend, 0, e.Backend with { Port = 0 }),
        ElementSet.Hairpin => (e.Set, e.Frontend, 0, e.Backend),
        _ => (e.Set, e.Frontend, 0, default),
    };

    private static Frontend RandomFrontend(Random random) => new(
        new FrontendKey(new Ip4((uint)random.Next(3)), random.Next(2) == 0 ? FrontendKey.Tcp : FrontendKey.Udp, (ushort)random.Next(1, 3)),
        [.. Enumerable.Range(0, random.Next(4)).Select(_ => new Backend(new Ip4(0x0a000000 + (uint)random.Next(20)), 80)).Distinct()],
        random.Next(3) == 0 ? 60 : 0,
        random.Next(2) == 0 ? Absence.Refuse : Absence.Drop);
}
