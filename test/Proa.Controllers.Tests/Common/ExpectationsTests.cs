using Proa.Api.Models.Meta;
using Proa.Controllers.Common;
using Proa.Testing;

namespace Proa.Controllers.Tests.Common;

public sealed class ExpectationsTests
{
    private static readonly NamespacedName s_key = new("n", "x");

    [Fact]
    public void Satisfied_AfterAllWasObserved()
    {
        var expectations = new Expectations(new ManualTimeProvider());
        Assert.True(expectations.Satisfied(s_key));
        expectations.ExpectCreations(s_key, 2);
        expectations.CreationObserved(s_key);
        Assert.False(expectations.Satisfied(s_key));
        expectations.CreationObserved(s_key);
        Assert.True(expectations.Satisfied(s_key));

        expectations.ExpectDeletions(s_key, ["a", "b"]);
        expectations.DeletionObserved(s_key, "a");
        expectations.DeletionObserved(s_key, "a");
        Assert.False(expectations.Satisfied(s_key));
        expectations.DeletionObserved(s_key, "b");
        Assert.True(expectations.Satisfied(s_key));
    }

    [Fact]
    public void Satisfied_WhatNeverCame_IsTakenAsLost()
    {
        var time = new ManualTimeProvider();
        var expectations = new Expectations(time);
        expectations.ExpectCreations(s_key, 1);
        time.Advance(TimeSpan.FromMinutes(5));
        Assert.False(expectations.Satisfied(s_key));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(expectations.Satisfied(s_key));
    }

    [Theory]
    [InlineData(10, 100, 10, 10)]
    [InlineData(10, 3, 3, 7)]
    [InlineData(10, 0, 0, 1)]
    public async Task SlowStart_FailsFromTheNth_StopsAfterThatBatch(int count, int good, int succeeded, int tried)
    {
        var calls = 0;
        var (done, error) = await SlowStart.RunAsync(count, () => Task.FromResult(++calls > good ? new Status { Message = "no" } : null));
        Assert.Equal((succeeded, tried), (done, calls));
        Assert.Equal(good < count, error is not null);
    }

    [Theory]
    [InlineData("*", "a,b,c")]
    [InlineData("*,-b", "a,c")]
    [InlineData("b,c", "b,c")]
    [InlineData("-a", "")]
    [InlineData("a,*,-c", "a,b")]
    public void ControllerSelection_Text_Selects(string text, string expected)
    {
        var all = new[] { "a", "b", "c" }.Select(name => new ControllerEntry(name, "", "", _ => null!)).ToList();
        Assert.Equal(expected, string.Join(',', ControllerSelection.Of(text, all).Select(entry => entry.Name)));
    }

    [Fact]
    public void ControllerSelection_OriginalsControllerTakenOut_IsAccepted() =>
        Assert.Equal(ControllerList.All.Count(), ControllerSelection.Of("*,-horizontalpodautoscaler", ControllerList.All).Count);

    [Fact]
    public void ControllerSelection_UnknownName_IsRefused() =>
        Assert.Contains("\"deploymnet\"", Assert.Throws<ArgumentException>(() => ControllerSelection.Of("*,-deploymnet", ControllerList.All)).Message);
}
