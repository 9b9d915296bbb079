using FsCheck;
using FsCheck.Fluent;
using Proa.Api.Json;
using Proa.Api.Yaml;

namespace Proa.Api.Tests.Yaml;

public sealed class YamlTreeTests
{
    [Theory]
    [InlineData("a: 1", """{"a":1}""")]
    [InlineData("a: '1'", """{"a":"1"}""")]
    [InlineData("a: yes\nb: \"yes\"\nc: Off", """{"a":true,"b":"yes","c":false}""")]
    [InlineData("a: ~\nb:\nc: null", """{"a":null,"b":null,"c":null}""")]
    [InlineData("a: 010\nb: 0x1F\nc: 0b11\nd: 1_000\ne: 0o17", """{"a":8,"b":31,"c":3,"d":1000,"e":15}""")]
    [InlineData("a: 1.50\nb: 1e3\nc: .5\nd: -7", """{"a":1.5,"b":1000,"c":0.5,"d":-7}""")]
    [InlineData("a: 2001-01-02\nb: 1.2.3\nc: 12:30", """{"a":"2001-01-02","b":"1.2.3","c":"12:30"}""")]
    [InlineData("1: a\ntrue: b", """{"1":"a","true":"b"}""")]
    [InlineData("a: &x {b: 1}\nc: *x", """{"a":{"b":1},"c":{"b":1}}""")]
    [InlineData("a: &x {b: 1, c: 2}\nd:\n  <<: *x\n  b: 3", """{"a":{"b":1,"c":2},"d":{"b":3,"c":2}}""")]
    [InlineData("a: |\n  x\n  y\nb: >-\n  x\n  y", """{"a":"x\ny\n","b":"x y"}""")]
    [InlineData("- a\n- - b\n", """["a",["b"]]""")]
    [InlineData("""{"json": [1, "x"]}""", """{"json":[1,"x"]}""")]
    [InlineData("", "null")]
    [InlineData("# only a comment\n---\n", "null")]
    public void Parse_Document_AsTheOriginal(string yaml, string expected) => Assert.Equal(expected, YamlTree.Parse(yaml).ToString());

    [Fact]
    public void ParseAll_SeveralDocuments_LeavesOutEmptyOnes() =>
        Assert.Equal(["""{"a":1}""", """{"b":2}"""], YamlTree.ParseAll("---\na: 1\n---\n---\nb: 2\n...\n").Select(d => d.ToString()));

    [Theory]
    [InlineData("a: b\n c: d", 2)]
    [InlineData("a: [1", 1)]
    [InlineData("a: *nope", 1)]
    [InlineData("a: 1\n\tb: 2", 1)]
    public void Parse_BadYaml_NamesTheLine(string yaml, int line)
    {
        var error = Assert.Throws<YamlFormatException>(() => YamlTree.Parse(yaml));
        Assert.InRange(error.Line, line, line + 1);
        Assert.StartsWith("yaml: line ", error.Message);
    }

    [Fact]
    public void Parse_BillionLaughs_IsRefused()
    {
        var yaml = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
        for (var i = 1; i < 10; i++)
        {
            yaml += $"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]\n";
        }
        Assert.Contains("excessive aliasing", Assert.Throws<YamlFormatException>(() => YamlTree.Parse(yaml)).Message);
    }

    [Fact]
    public void Parse_DeepNesting_IsRefused() =>
        Assert.Throws<YamlFormatException>(() => YamlTree.Parse(new string('[', 600) + new string(']', 600)));

    [Fact]
    public void Parse_DuplicateKeys_AreTold()
    {
        var told = new List<string>();
        var value = YamlTree.Parse("a:\n  b: 1\n  b: 2\n", found => told.Add(found.Path));
        Assert.Equal(["a.b"], told);
        Assert.Equal("""{"a":{"b":2}}""", value.ToString());
    }

    [Fact]
    public void Write_Object_AsTheOriginal() => Assert.Equal(
        "a:\n- b: \"1\"\n  c: x\n- d\nempty: {}\nkey: \"true\"\nlines: |\n  one\n  two\nlist: []\nnone: null\nnumber: 1\ntext: a b\n",
        YamlTree.Write(JsonTree.Parse("""{"text":"a b","number":1,"a":[{"c":"x","b":"1"},"d"],"empty":{},"list":[],"none":null,"key":"true","lines":"one\ntwo\n"}""")));

    [Fact]
    public void Parse_PlainTextWithAsterisk_IsText() =>
        Assert.Equal("""{"command":"ls * & echo"}""", YamlTree.Parse("command: ls * & echo\n").ToString());

    [Fact]
    public void Parse_OfWritten_IsTheSame() => Prop.ForAll<NonNull<string>, NonNull<string>, int>((a, b, number) =>
    {
        var value = new JsonObject
        {
            ["s"] = Printable(a.Get),
            ["l"] = new JsonArray([Printable(b.Get), number, new JsonObject { ["k" + Printable(b.Get)] = Printable(a.Get) }, new JsonArray([Printable(a.Get)])]),
        };
        return YamlTree.Parse(YamlTree.Write(value)).DeepEquals(value);
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("- x")]
    [InlineData("k *")]
    [InlineData("k *x &y")]
    [InlineData("a: b")]
    [InlineData("a #b")]
    [InlineData("'quoted'")]
    [InlineData(" lead")]
    [InlineData("trail ")]
    [InlineData("\n")]
    [InlineData("a\n\nb\n\n")]
    [InlineData("  a\nb")]
    [InlineData("a\tb")]
    [InlineData("-")]
    [InlineData("---")]
    [InlineData("...")]
    [InlineData("*a")]
    [InlineData("@a")]
    [InlineData("0x1f")]
    [InlineData("1e5")]
    [InlineData(".")]
    [InlineData("{}")]
    [InlineData("a\r\nb")]
    [InlineData("é\u00a0\u2028")]
    [InlineData("<<")]
    [InlineData("a:")]
    [InlineData(":a")]
    [InlineData("-a")]
    [InlineData("#!/bin/sh\necho hi\n")]
    public void Parse_OfWrittenText_IsTheSame(string text)
    {
        var value = new JsonObject { ["k"] = text, [text] = new JsonArray([text]) };
        Assert.True(YamlTree.Parse(YamlTree.Write(value)).DeepEquals(value), YamlTree.Write(value));
    }

    private static string Printable(string text) => new([.. text.Where(c => c is >= ' ' and <= '~' or '\n')]);
}
