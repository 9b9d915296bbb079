using System.Text;
using Proa.Api.Json;

namespace Proa.Api.Tests.Json;

/// <summary>The texts are those that Go's decoder gives for the same bytes.</summary>
public sealed class JsonSyntaxTests
{
    [Theory]
    [InlineData("", "unexpected end of JSON input")]
    [InlineData("{", "unexpected end of JSON input")]
    [InlineData("[1,", "unexpected end of JSON input")]
    [InlineData("\"a", "unexpected end of JSON input")]
    [InlineData("x", "invalid character 'x' looking for beginning of value")]
    [InlineData("{a:1}", "invalid character 'a' looking for beginning of object key string")]
    [InlineData("{\"a\" 1}", "invalid character '1' after object key")]
    [InlineData("{\"a\":1 \"b\"}", "invalid character '\"' after object key:value pair")]
    [InlineData("[1 2]", "invalid character '2' after array element")]
    [InlineData("{} x", "invalid character 'x' after top-level value")]
    [InlineData("01", "invalid character '1' after top-level value")]
    [InlineData("tru", "unexpected end of JSON input")]
    [InlineData("trux", "invalid character 'x' in literal true (expecting 'e')")]
    [InlineData("-x", "invalid character 'x' in numeric literal")]
    [InlineData("1.x", "invalid character 'x' after decimal point in numeric literal")]
    [InlineData("1ex", "invalid character 'x' in exponent of numeric literal")]
    [InlineData("\"\\q\"", "invalid character 'q' in string escape code")]
    [InlineData("\"\\u12g4\"", "invalid character 'g' in \\u hexadecimal character escape")]
    [InlineData("\"a\nb\"", "invalid character '\\n' in string literal")]
    public void ErrorOf_NoJson_SaysWhatAndWhere(string text, string expected) =>
        Assert.Equal(expected, JsonSyntax.ErrorOf(Encoding.UTF8.GetBytes(text), "other"));

    [Theory]
    [InlineData("{\"a\":[1,-2.5e+3,true,null,\"\\u00e4\"]}")]
    [InlineData(" 0 ")]
    public void ErrorOf_SoundText_IsTheOther(string text) =>
        Assert.Equal("other", JsonSyntax.ErrorOf(Encoding.UTF8.GetBytes(text), "other"));

    [Fact]
    public void ErrorOf_EndlessNesting_IsTheOther() =>
        Assert.Equal("other", JsonSyntax.ErrorOf(Encoding.UTF8.GetBytes(new string('[', 1_000_000)), "other"));
}
