using Proa.Api.Meta;
using Proa.Api.Models.Apps;
using Proa.Controllers.Deployments;
using Proa.Controllers.Tests.Support;

namespace Proa.Controllers.Tests.Deployments;

public sealed class RolloutTests
{
    [Theory]
    [InlineData(10, "25%", "25%", 3, 2)]
    [InlineData(2, "25%", "25%", 1, 0)]
    [InlineData(1, "25%", "25%", 1, 0)]
    [InlineData(4, "0", "0%", 0, 1)]
    [InlineData(0, "25%", "25%", 0, 0)]
    [InlineData(3, "1", "200%", 1, 3)]
    public void RolloutSpec_Bounds_RoundAsTheOriginal(int replicas, string surge, string unavailable, int expectedSurge, int expectedUnavailable)
    {
        var spec = RolloutSpec.Of(new Deployment
        {
            Spec = new() { Replicas = replicas, Strategy = new() { RollingUpdate = new() { MaxSurge = Bound(surge), MaxUnavailable = Bound(unavailable) } } },
        });
        Assert.Equal((expectedSurge, expectedUnavailable), (spec.MaxSurge, spec.MaxUnavailable));
    }

    // Sets are name:spec/available, oldest first; the last of the first list is the new one.
    [Theory]
    [InlineData("3 +1 -0", "old:3/3 new:0/0", "new=1")]
    [InlineData("3 +1 -0", "old:3/3 new:1/0", "")]
    [InlineData("3 +1 -0", "old:3/3 new:1/1", "old=2")]
    [InlineData("3 +1 -0", "old:2/2 new:1/1", "new=2")]
    [InlineData("3 +1 -0", "old:0/0 new:3/3", "")]
    [InlineData("10 +3 -2", "old:10/10 new:0/0", "new=3")]
    [InlineData("10 +3 -2", "old:10/10 new:3/0", "old=8")]
    [InlineData("10 +3 -2", "old:8/8 new:3/0", "new=5")]
    [InlineData("10 +0 -2", "old:10/10 new:0/0", "old=8")]
    [InlineData("10 +3 -2", "old:10/6 new:3/3", "old=5")]
    [InlineData("5 +1 -1", "a:2/2 b:3/0 new:1/1", "b=1")]
    [InlineData("2 +1 -0", "old:2/2 new:3/3", "new=2")]
    [InlineData("10 +3 -2", "old:8/10 new:5/3", "old=5")]
    public void Roll_State_NextSteps(string spec, string sets, string expected)
    {
        var all = Parse(sets);
        var steps = Rollout.Roll(ParseSpec(spec), all[^1], all[..^1]);
        Assert.Equal(expected, string.Join(' ', steps.Select(step => $"{step.Set}={step.Replicas}")));
    }

    [Theory]
    [InlineData("4 +1 -1", "new:2/2:2", "new=4")]
    [InlineData("4 +1 -1", "new:4/4:2", "")]
    [InlineData("0 +0 -0", "old:3/3:3 new:2/2:3", "old=0 new=0")]
    [InlineData("10 +3 -2", "old:5/5:10/13 new:8/8:10/13", "new=8 old=5")]
    [InlineData("20 +5 -5", "old:4/4:10/13 new:9/9:10/13", "new=17 old=8")]
    [InlineData("5 +2 -1", "old:5/5:10/13 new:8/8:10/13", "new=4 old=3")]
    [InlineData("3 +1 -0", "old:1/1:3 new:3/3:3", "old=0")]
    public void Scale_State_SpreadsTheDifference(string spec, string sets, string expected)
    {
        var all = Parse(sets);
        var steps = Rollout.Scale(ParseSpec(spec), all[^1], all[..^1]);
        Assert.Equal(expected, string.Join(' ', steps.Select(step => $"{step.Set}={step.Replicas}")));
    }

    [Fact]
    public void NewSetReplicas_Recreate_IsAllAtOnce() =>
        Assert.Equal(7, Rollout.NewSetReplicas(new(7, true, 0, 0), [new("old", 7, 7, default)], 0));

    /// <summary>
    /// Random rollouts with pods that come up, break and mend at random, or (for odd seeds) with statuses that still count the
    /// pods of the last step: no step may take the number of pods above the maximum, nor stop an available pod when that leaves
    /// fewer than the minimum; and with pods that come up it ends.
    /// </summary>
    [Fact]
    public void Roll_RandomRollouts_KeepBothBoundsAndEnd()
    {
        for (var seed = 0; seed < 2000; seed++)
        {
            var random = new Random(seed);
            var replicas = random.Next(0, 25);
            var surge = random.Next(0, 6);
            var spec = new RolloutSpec(replicas, false, surge, surge == 0 ? Math.Min(replicas, random.Next(1, 6)) : Math.Min(replicas, random.Next(0, 6)));
            if (spec is { MaxSurge: 0, MaxUnavailable: 0 })
            {
                continue;
            }
            var old = Split(replicas, random.Next(1, 4), random);
            var fresh = new RolloutSet("new", 0, 0, Make.Start.AddHours(1));
            var calm = 0;
            var told = old.Append(fresh).ToDictionary(set => set.Name, set => set.Available);
            for (var turn = 0; turn < 1000; turn++)
            {
                var late = seed % 2 == 1 && random.Next(2) == 0;
                var steps = late
                    ? Rollout.Roll(spec, Behind(fresh, told), [.. old.Select(set => Behind(set, told))])
                    : Rollout.Roll(spec, fresh, old);
                told = old.Append(fresh).ToDictionary(set => set.Name, set => set.Available);
                var servedBefore = old.Sum(set => set.Available) + fresh.Available;
                old = [.. old.Select(set => Apply(set, steps))];
                fresh = Apply(fresh, steps);
                var served = old.Sum(set => set.Available) + fresh.Available;
                Assert.True(old.Sum(set => set.Spec) + fresh.Spec <= Math.Max(spec.MaxTotal, replicas), $"seed {seed}: too many");
                Assert.True(served >= Math.Min(servedBefore, spec.MinAvailable), $"seed {seed}: too few");
                // For a while pods also break; then they all come up.
                var breaks = turn < 30 && seed % 2 == 0;
                old = [.. old.Select(set => Live(set, random, breaks))];
                fresh = Live(fresh, random, breaks);
                calm = steps.Count == 0 && !breaks ? calm + 1 : 0;
                if (calm > 20)
                {
                    break;
                }
            }
            Assert.True(fresh.Spec == replicas && old.All(set => set.Spec == 0), $"seed {seed}: did not end: {fresh}, {string.Join(",", old)}");
        }
    }

    [Fact]
    public void Scale_RandomSizes_SumUpToTheMaximum()
    {
        for (var seed = 0; seed < 2000; seed++)
        {
            var random = new Random(seed);
            var before = random.Next(1, 30);
            var surge = random.Next(0, 5);
            var sets = Split(before + surge, 3, random).Select(set => set with { MaxReplicasThen = before + surge, DesiredThen = before }).ToList();
            var spec = new RolloutSpec(random.Next(0, 40), false, random.Next(0, 5), 0);
            if (sets.Count(set => set.Spec > 0) < 2 || (sets[^1].Spec == spec.Replicas && sets[^1].DesiredThen == spec.Replicas))
            {
                continue;
            }
            var steps = Rollout.Scale(spec, sets[^1], sets[..^1]);
            Assert.Equal(spec.Replicas == 0 ? 0 : spec.MaxTotal, steps.Sum(step => step.Replicas));
            Assert.All(steps, step => Assert.True(step.Replicas >= 0));
        }
    }

    private static RolloutSet Behind(RolloutSet set, Dictionary<string, int> told) => set with { Available = Math.Max(set.Available, told[set.Name]) };

    private static RolloutSet Apply(RolloutSet set, IReadOnlyList<RolloutStep> steps)
    {
        foreach (var step in steps)
        {
            if (step.Set == set.Name)
            {
                // A replica set that shrinks stops the pods that do not serve first.
                return set with { Spec = step.Replicas, Available = Math.Min(set.Available, step.Replicas) };
            }
        }
        return set;
    }

    private static RolloutSet Live(RolloutSet set, Random random, bool breaks) => breaks && random.Next(4) == 0
        ? set with { Available = random.Next(0, set.Available + 1) }
        : set with { Available = Math.Min(set.Spec, set.Available + random.Next(0, 3)) };

    private static List<RolloutSet> Split(int total, int parts, Random random)
    {
        var sets = new List<RolloutSet>();
        for (var i = 0; i < parts; i++)
        {
            var share = i == parts - 1 ? total : random.Next(0, total + 1);
            total -= share;
            sets.Add(new($"old{i}", share, random.Next(0, share + 1), Make.Start.AddMinutes(i)));
        }
        return sets;
    }

    private static IntOrString Bound(string text) => int.TryParse(text, out var number) ? number : text;

    private static RolloutSpec ParseSpec(string text)
    {
        var parts = text.Split(' ');
        return new(int.Parse(parts[0]), false, int.Parse(parts[1][1..]), int.Parse(parts[2][1..]));
    }

    // name:spec/available[:desired[/max]]
    private static RolloutSet[] Parse(string text) => [.. text.Split(' ').Select((part, i) =>
    {
        var fields = part.Split(':');
        var counts = fields[1].Split('/');
        var then = fields.Length > 2 ? fields[2].Split('/') : [];
        return new RolloutSet(fields[0], int.Parse(counts[0]), int.Parse(counts[1]), Make.Start.AddMinutes(i))
        {
            DesiredThen = then.Length > 0 ? int.Parse(then[0]) : null,
            MaxReplicasThen = then.Length > 1 ? int.Parse(then[1]) : null,
        };
    })];
}
