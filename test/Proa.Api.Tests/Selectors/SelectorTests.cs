using FsCheck;
using FsCheck.Fluent;
using Proa.Api.Selectors;

namespace Proa.Api.Tests.Selectors;

public sealed class SelectorTests
{
    private static readonly Dictionary<string, string> s_labels = new() { ["app"] = "web", ["tier"] = "1", ["empty"] = "" };

    [Theory]
    [InlineData("", true)]
    [InlineData("app=web", true)]
    [InlineData("app==web,tier=1", true)]
    [InlineData("app = web , tier != 2", true)]
    [InlineData("app!=web", false)]
    [InlineData("none!=web", true)]
    [InlineData("app in (db, web)", true)]
    [InlineData("app notin (db,web)", false)]
    [InlineData("none notin (a)", true)]
    [InlineData("app", true)]
    [InlineData("none", false)]
    [InlineData("!none", true)]
    [InlineData("!app", false)]
    [InlineData("empty=", true)]
    [InlineData("empty in (,x)", true)]
    [InlineData("empty in ()", true)]
    [InlineData("tier>0", true)]
    [InlineData("tier<1", false)]
    [InlineData("in in (in)", false)]
    public void Matches_Selector_AsTheOriginal(string text, bool expected)
    {
        var selector = LabelSelector.Parse(text);
        Assert.Equal(expected, selector.Matches(s_labels));
        Assert.Equal(expected, selector.Matches(s_labels.ToList()));
        Assert.Equal(expected, LabelSelector.Parse(selector.ToString()).Matches(s_labels));
    }

    [Theory]
    [InlineData("a=b=c", "found '=', expected: ',' or 'end of string'")]
    [InlineData("=a", "found '=', expected: !, identifier, or 'end of string'")]
    [InlineData("a,", "found '', expected: identifier after ','")]
    [InlineData("a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt")]
    [InlineData("a in b", "unable to parse requirement: found 'b' expected: '('")]
    [InlineData("a in (b", "unable to parse requirement: found '', expected: ',', or identifier")]
    [InlineData("a>x", "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer")]
    public void TryParse_BadSelector_SaysWhy(string text, string expected)
    {
        Assert.False(LabelSelector.TryParse(text, out _, out var error));
        Assert.Equal(expected, error);
    }

    [Fact]
    public void Matches_InAndNotIn_AreOpposites() => Prop.ForAll<bool, bool>((present, other) =>
    {
        var labels = present ? new Dictionary<string, string> { ["k"] = other ? "x" : "y" } : [];
        return LabelSelector.Parse("k in (x)").Matches(labels) != LabelSelector.Parse("k notin (x)").Matches(labels);
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("", "", true)]
    [InlineData("metadata.name=a", "a", true)]
    [InlineData("metadata.name==a", "a", true)]
    [InlineData("metadata.name!=a", "a", false)]
    [InlineData(@"metadata.name=a\,b\=c\\", @"a,b=c\", true)]
    public void FieldMatches_Selector_AsTheOriginal(string text, string name, bool expected)
    {
        var selector = FieldSelector.Parse(text);
        Assert.Equal(expected, selector.Matches(_ => name));
        Assert.Equal(selector.Terms, FieldSelector.Parse(selector.ToString()).Terms);
    }

    [Theory]
    [InlineData("a", "invalid selector: 'a'; can't understand 'a'")]
    [InlineData(@"a=b\x", @"invalid field selector: invalid escape sequence: \x")]
    [InlineData("a=b=c", "invalid field selector: unescaped character in value: =")]
    public void FieldTryParse_BadSelector_SaysWhy(string text, string expected)
    {
        Assert.False(FieldSelector.TryParse(text, out _, out var error));
        Assert.Equal(expected, error);
    }
}
