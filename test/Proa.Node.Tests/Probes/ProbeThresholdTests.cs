using Proa.Node.Probes;

namespace Proa.Node.Tests.Probes;

public sealed class ProbeThresholdTests
{
    [Theory]
    [InlineData("F", "-")]
    [InlineData("FF", "-F")]
    [InlineData("FSFF", "---F")]
    [InlineData("SS", "-S")]
    [InlineData("SSFS", "-S--")]
    [InlineData("FEF", "--F")]
    [InlineData("SSFFSS", "-S-F-S")]
    public void Record_TwoInARow_Settle(string outcomes, string settled)
    {
        var threshold = new ProbeThreshold(2, 2);

        var results = outcomes.Select(outcome => threshold.Record(outcome switch
        {
            'S' => ProbeVerdict.Success,
            'F' => ProbeVerdict.Failure,
            _ => ProbeVerdict.Error,
        }));

        Assert.Equal(settled, string.Concat(results.Select(result => result switch { true => "S", false => "F", null => "-" })));
    }
}
