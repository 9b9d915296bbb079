using System.Diagnostics;
using System.Globalization;
using System.Text;
using Proa.Api.Cel.Cost;
using Proa.Api.Cel.Evaluation;
using Proa.Api.Cel.Syntax;

namespace Proa.Api.Tests.Cel;

/// <summary>Any text is an expression or has issues, and any expression ends: no crash, no hang.</summary>
public sealed class FuzzTests
{
    private static readonly string[] s_pieces =
    [
        "x", "s", "l", "m", "d", "1", "0", "-1", "9223372036854775807", "2u", "1.5", "1e308", "'a'", "\"é\\n\"", "b'\\xff'", "r'\\d+'", "'''z'''", "true", "false", "null",
        "+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "&&", "||", "!", "?", ":", " in ", ".", ",", "(", ")", "[", "]", "{", "}", ".?", "[?",
        ".size()", ".map(i, ", ".all(i, ", ".exists(k, v, ", ".filter(i, ", "has(", "size(", "type(", "dyn(", "int(", "string(", "duration(", "timestamp(", "optional.of(",
        ".orValue(", ".optMap(v, ", ".matches(", ".replace('', ", ".split(", ".format([", ".sortBy(e, ", ".flatten(", "lists.range(", ".slice(0, ", ".transformMap(k, v, ",
        "quantity('1Gi')", "url('https://a/b?c=d')", "ip('::1')", "cidr('10.0.0.0/8')", "semver('1.2.3')", "format.named('uuid')", "sets.contains(", ".getHours('Europe/Paris')",
        "i", "v", "k", "e", "@", "`", "'", "\"", "\\", "//", "\n", "\u00e9", "\U0001F600", "if", "Foo{", "a: ", "cel.bind(",
    ];

    [Fact]
    public void Compile_RandomTexts_EndsWithAProgramOrIssues()
    {
        var random = new Random(20260101);
        var time = Stopwatch.StartNew();
        var compiled = 0;
        for (var i = 0; i < 200_000 && time.Elapsed < TimeSpan.FromSeconds(4); i++)
        {
            var text = Text(random);
            var program = CelProgram.Compile(text, Expressions.Environment, out var issues);
            Assert.True(program is null == issues.Count > 0, text);
            if (program is null)
            {
                Assert.NotEmpty(CelIssue.Render(text, issues));
                continue;
            }
            compiled++;
            var range = program.EstimateCost(NoSizeEstimates.Instance);
            Assert.True(range.Min <= range.Max, text);
            Assert.NotEqual(CelOutcome.Cancelled, Expressions.Run(text, 20_000).Outcome);
        }
        Assert.True(compiled > 100, compiled.ToString(CultureInfo.InvariantCulture));
    }

    [Fact]
    public void Compile_MutatedExpressions_EndsWithAProgramOrIssues()
    {
        var random = new Random(20260102);
        var seeds = new[]
        {
            "l.all(i, i > 0) && m.exists(k, v, v == 2) ? s.matches('^h.*o$') : d.list.map(x, x + 1).size() == 2",
            "'%s %d'.format([dyn(s), dyn(x)]).split(' ').map(p, p.lowerAscii()).join('-') == 'héllo-7'",
            "quantity('1Gi').add(quantity('1Mi')).isGreaterThan(quantity('1G')) && cidr('10.0.0.0/8').containsIP(ip('10.1.2.3'))",
            "timestamp('2024-02-29T12:30:45.123456789Z').getFullYear('-08:00') == 2024 && duration('1h30m') > duration('5399.9s')",
        };
        var time = Stopwatch.StartNew();
        for (var i = 0; i < 100_000 && time.Elapsed < TimeSpan.FromSeconds(3); i++)
        {
            var text = new StringBuilder(seeds[random.Next(seeds.Length)]);
            for (var change = random.Next(1, 6); change > 0 && text.Length > 0; change--)
            {
                var at = random.Next(text.Length);
                switch (random.Next(4))
                {
                    case 0:
                        text.Remove(at, Math.Min(random.Next(1, 8), text.Length - at));
                        break;
                    case 1:
                        text.Insert(at, s_pieces[random.Next(s_pieces.Length)]);
                        break;
                    case 2:
                        text[at] = (char)random.Next(1, 0x2FF);
                        break;
                    default:
                        text.Insert(at, text.ToString(at, Math.Min(random.Next(1, 12), text.Length - at)));
                        break;
                }
            }
            var program = CelProgram.Compile(text.ToString(), Expressions.Environment, out var issues);
            Assert.True(program is null == issues.Count > 0, text.ToString());
            if (program is not null)
            {
                Expressions.Run(text.ToString(), 20_000);
            }
        }
    }

    [Theory]
    [InlineData("(")]
    [InlineData("[")]
    [InlineData("{")]
    [InlineData("-")]
    [InlineData("!")]
    [InlineData("a.")]
    [InlineData("f(")]
    [InlineData("x?")]
    [InlineData("[[1].map(a, ")]
    [InlineData("{1:")]
    [InlineData("l.map(i, l.map(j, ")]
    [InlineData("\"")]
    [InlineData("Foo{a:")]
    [InlineData("1+")]
    [InlineData("x == ")]
    [InlineData("[].all(i,")]
    public void Compile_DeepRepetition_DoesNotOverflow(string piece)
    {
        var text = string.Concat(Enumerable.Repeat(piece, 90_000 / piece.Length));
        Assert.Null(CelProgram.Compile(text, Expressions.Environment, out var issues));
        Assert.NotEmpty(issues);
    }

    [Fact]
    public void Compile_DeepestThatIsTaken_IsCheckedEstimatedAndRun()
    {
        var text = "1";
        for (var i = 0; i < 80; i++)
        {
            text = i % 2 == 0 ? $"[{text}][0] + 1" : $"(x > 0 ? {text} : 0)";
        }
        var result = Expressions.Run(text + " > 0");
        Assert.True(result.Value.IsTrue, result.Error);
    }

    private static string Text(Random random)
    {
        var text = new StringBuilder();
        for (var count = random.Next(1, 14); count > 0; count--)
        {
            text.Append(s_pieces[random.Next(s_pieces.Length)]);
        }
        return text.ToString();
    }
}
