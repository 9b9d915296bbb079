namespace Proa.Api.Tests.Kinds;

/// <summary>What each kind's strategy refuses and warns of, one case a rule; see <see cref="RuleCase"/> for the tables' form.</summary>
public sealed class RuleTests
{
    private static readonly Lazy<Dictionary<string, RuleCase>> s_cases = new(static () =>
        Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Kinds", "Rules"), "*.txt").SelectMany(RuleCase.Read).ToDictionary(static one => one.Name));

    public static TheoryData<string> Names => [.. s_cases.Value.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Strategy_ChangedObject_SaysExactly(string name)
    {
        var one = s_cases.Value[name];
        Assert.Equal(string.Join('\n', one.Expected), string.Join('\n', one.Say()));
    }
}
