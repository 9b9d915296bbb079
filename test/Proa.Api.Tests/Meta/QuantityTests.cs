using FsCheck;
using FsCheck.Fluent;
using Proa.Api.Meta;

namespace Proa.Api.Tests.Meta;

public sealed class QuantityTests
{
    [Theory]
    [InlineData("0", "0")]
    [InlineData("0.5", "500m")]
    [InlineData("1000m", "1")]
    [InlineData("1.5Gi", "1536Mi")]
    [InlineData("0.5Gi", "512Mi")]
    [InlineData("1024Mi", "1Gi")]
    [InlineData("1000Mi", "1000Mi")]
    [InlineData("1000", "1k")]
    [InlineData("1024", "1024")]
    [InlineData("1Ki", "1Ki")]
    [InlineData("0.5Ki", "512")]
    [InlineData("0.1Gi", "107374182400m")]
    [InlineData("1e3", "1e3")]
    [InlineData("1E3", "1e3")]
    [InlineData("1e2", "100")]
    [InlineData("1e4", "10e3")]
    [InlineData("100000000", "100M")]
    [InlineData("1n", "1n")]
    [InlineData("0.1n", "1n")]
    [InlineData("-1", "-1")]
    [InlineData("+1", "1")]
    [InlineData(".5", "500m")]
    [InlineData("5.", "5")]
    [InlineData("1E", "1E")]
    [InlineData("1000E", "9223372036854775807")]
    [InlineData("12345678901", "12345678901")]
    [InlineData("1Ti", "1Ti")]
    [InlineData("9999999999Gi", "9223372036854775807")]
    public void ToString_Parsed_IsCanonical(string text, string canonical) => Assert.Equal(canonical, Quantity.Parse(text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("abc")]
    [InlineData("1 ")]
    [InlineData("1.2.3")]
    [InlineData("--1")]
    [InlineData("1Kib")]
    public void ErrorOf_NotANumber_NamesTheExpression(string text)
    {
        Assert.False(Quantity.TryParse(text, out _));
        Assert.StartsWith("quantities must match the regular expression", Quantity.ErrorOf(text));
    }

    [Theory]
    [InlineData("1kk")]
    [InlineData("1e")]
    [InlineData("1Mie3")]
    [InlineData("1K")]
    public void ErrorOf_UnknownSuffix_SaysSo(string text)
    {
        Assert.False(Quantity.TryParse(text, out _));
        Assert.Equal("unable to parse quantity's suffix", Quantity.ErrorOf(text));
    }

    [Fact]
    public void Parse_OfPrinted_IsTheSame() => Prop.ForAll<int, PositiveInt>((number, pick) =>
    {
        string[] suffixes = ["n", "u", "m", "", "k", "M", "G", "Ki", "Mi", "Gi", "e3", "e-3"];
        var quantity = Quantity.Parse($"{number}{suffixes[pick.Get % suffixes.Length]}");
        var again = Quantity.Parse(quantity.ToString());
        return again == quantity && again.ToString() == quantity.ToString();
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void CompareTo_AnyPair_AgreesWithMilli() => Prop.ForAll<int, int>((a, b) =>
        Quantity.FromMilli(a).CompareTo(Quantity.FromMilli(b)) == a.CompareTo(b)
        && (Quantity.FromMilli(a) + Quantity.FromMilli(b)).MilliValue == (long)a + b).QuickCheckThrowOnFailure();
}
