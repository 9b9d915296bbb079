using Proa.Api.Cel.Evaluation;
using Proa.Api.Cel.Syntax;

namespace Proa.Api.Tests.Cel;

public sealed class CheckingTests
{
    [Theory]
    [InlineData("y + 1", "1: undeclared reference to 'y' (in container '')")]
    [InlineData("foo(1)", "4: undeclared reference to 'foo' (in container '')")]
    [InlineData("x.foo()", "6: undeclared reference to 'foo' (in container '')")]
    [InlineData("x + 'a'", "3: found no matching overload for '_+_' applied to '(int, string)'")]
    [InlineData("s.startsWith(1)", "13: found no matching overload for 'startsWith' applied to 'string.(int)'")]
    [InlineData("x.y", "2: type 'int' does not support field selection")]
    [InlineData("[1, 'a']", "5: expected type 'int' but found 'string'")]
    [InlineData("x && true", "1: expected type 'bool' but found 'int'")]
    [InlineData("x.all(i, true)", "1: expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)")]
    [InlineData("l.all(1, true)", "7: argument must be a simple name")]
    [InlineData("has(x)", "5: invalid argument to has() macro")]
    [InlineData("if", "1: reserved identifier: if")]
    [InlineData("99999999999999999999", "1: invalid int literal")]
    [InlineData("duration('x') == duration('1s')", "10: invalid duration argument")]
    [InlineData("timestamp('x') == timestamp('y')", "11: invalid timestamp argument", "29: invalid timestamp argument")]
    [InlineData("s ? 1 : 2", "3: found no matching overload for '_?_:_' applied to '(string, int, int)'")]
    [InlineData("size(1)", "5: found no matching overload for 'size' applied to '(int)'")]
    [InlineData("l == m", "3: found no matching overload for '_==_' applied to '(list(int), map(string, int))'")]
    [InlineData("Foo{a: 1}", "4: undeclared reference to 'Foo' (in container '')")]
    public void Check_WhatDoesNotFit_IsTold(string text, params string[] expected) => Assert.Equal(expected, Expressions.Issues(text));

    [Fact]
    public void Render_Issue_ShowsThePlace()
    {
        CelProgram.Compile("x +\n  é", Expressions.Environment, out _);
        CelProgram.Compile("'é' == y", Expressions.Environment, out var issues);
        Assert.Equal("ERROR: <input>:1:8: undeclared reference to 'y' (in container '')\n | 'é' == y\n | .．.....^", CelIssue.Render("'é' == y", issues));
    }

    [Fact]
    public void Parse_Deep_IsRefused()
    {
        Assert.Equal(["0: expression recursion limit exceeded: 250"], Expressions.Issues(new string('(', 5000) + "1" + new string(')', 5000)));
        Assert.Equal(["0: expression recursion limit exceeded: 250"], Expressions.Issues("1" + string.Concat(Enumerable.Repeat("+1", 5000))));
        Assert.Equal(["0: expression recursion limit exceeded: 250"], Expressions.Issues("d" + string.Concat(Enumerable.Repeat(".a", 5000))));
        Assert.Empty(Expressions.Issues("true" + string.Concat(Enumerable.Repeat("&&true", 5000))));
        Assert.Equal(["0: expression code point size exceeds limit: size: 100001, limit 100000"], Expressions.Issues(new string(' ', 100_001)));
    }
}
