namespace Proa.EndToEnd.Tests.Behaviour;

/// <summary>What a real cluster made of a manifest, Proa makes of it: statuses, conditions, reasons, messages, Events.</summary>
public sealed class BehaviourTests(BehaviourCluster cluster) : IClassFixture<BehaviourCluster>
{
    public static TheoryData<string> Names => [.. Scenario.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Manifest_BecomesAsRecorded(string name)
    {
        var differences = await cluster.ResultAsync(name);

        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }
}
