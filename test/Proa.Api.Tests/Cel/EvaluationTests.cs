using Proa.Api.Cel.Evaluation;

namespace Proa.Api.Tests.Cel;

public sealed class EvaluationTests
{
    [Theory]
    [InlineData("1 + 2 * 3 - 4 / 2 % 3")]
    [InlineData("x == 7 && !(x != 7)")]
    [InlineData("-5 + 3 == -2 && -x == -7 && --x == 7")]
    [InlineData("1 < 2.5 && 2u > 1 && dyn(1) == 1u && dyn(1) == 1.0")]
    [InlineData("0x1F == 31 && -0x1F == -31 && 1e3 == 1000.0 && .5 == 0.5 && 7u == 7u")]
    [InlineData("'a' + \"b\" == 'ab' && r'\\d' == '\\\\d' && '''a'b''' == 'a\\'b' && '\\u00e9' == 'é' && b'\\xff' == b'\\377'")]
    [InlineData("size(s) == 5 && s.size() == 5 && s.charAt(1) == 'é' && s.substring(1, 3) == 'él' && s.indexOf('l') == 2 && s.lastIndexOf('l') == 3")]
    [InlineData("'a,b,c'.split(',') == ['a', 'b', 'c'] && ['a', 'b'].join('-') == 'a-b' && 'abc'.split('') == ['a','b','c'] && 'a,b,c'.split(',', 2) == ['a', 'b,c']")]
    [InlineData("'abc'.replace('', '-') == '-a-b-c-' && 'aaa'.replace('a', 'b', 2) == 'bba' && ' x '.trim() == 'x'")]
    [InlineData("'Ab'.lowerAscii() == 'ab' && 'Ab'.upperAscii() == 'AB' && strings.quote('a\"b') == '\"a\\\\\"b\"'")]
    [InlineData("'abc'.matches('^a.c$') && !'abc\\n'.matches('^abc$') && 'a1b22'.find('[0-9]+') == '1' && 'a1b22'.findAll('[0-9]+') == ['1', '22']")]
    [InlineData("'%s is %d, %.2f, %x, %b, %o'.format([dyn('n'), dyn(42), dyn(3.14159), dyn(255), dyn(5), dyn(8)]) == 'n is 42, 3.14, ff, 101, 10'")]
    [InlineData("l.all(i, i > 0) && l.exists(i, i == 2) && l.exists_one(i, i == 2) && l.map(i, i * 2) == [2, 4, 6] && l.filter(i, i > 1) == [2, 3]")]
    [InlineData("l.map(i, i > 1, i * 10) == [20, 30] && l.all(k, v, k < v) && l.transformList(k, v, k + v) == [1, 3, 5]")]
    [InlineData("m.all(k, m[k] > 0) && m.transformMap(k, v, v + 1) == {'a': 2, 'b': 3} && m.exists(k, v, v == 2)")]
    [InlineData("{'a': 1}.transformMapEntry(k, v, {v: k}) == {1: 'a'}")]
    [InlineData("has(m.a) && !has(m.c) && 'a' in m && 2 in l && !(9 in l) && has(d.n) && !has(d.x)")]
    [InlineData("m.?a.orValue(9) == 1 && m.?c.orValue(9) == 9 && l[?5].hasValue() == false && optional.of(1).optMap(v, v + 1).value() == 2")]
    [InlineData("optional.none().or(optional.of(3)).value() == 3 && [?optional.of(1), ?optional.none()] == [1] && {?'a': optional.none()} == {}")]
    [InlineData("true || 1 / 0 == 1")]
    [InlineData("1 / 0 == 1 || true")]
    [InlineData("!(false && 1 / 0 == 1)")]
    [InlineData("[1, 2].exists(i, i / 0 == 1 || i == 2)")]
    [InlineData("type(1) == int && type('') == string && type(type(1)) == type && type(null) == null_type")]
    [InlineData("int('42') == 42 && double('1.5') == 1.5 && string(1.0) == '1' && string(true) == 'true' && uint(3) == 3u && int(2.9) == 2 && bool('true')")]
    [InlineData("duration('1h30m') == duration('90m') && string(duration('90m')) == '5400s' && duration('90s').getMinutes() == 1")]
    [InlineData("timestamp('2024-02-29T12:30:45Z').getDayOfYear() == 59 && timestamp('2024-02-29T12:30:45Z') + duration('24h') == timestamp('2024-03-01T12:30:45Z')")]
    [InlineData("timestamp('2024-01-01T00:00:00Z').getHours('-08:00') == 16 && timestamp('2024-01-01T00:00:00Z') - timestamp('2023-12-31T23:59:00Z') == duration('1m')")]
    [InlineData("quantity('1Gi').isGreaterThan(quantity('1G')) && quantity('200M').compareTo(quantity('0.2G')) == 0 && quantity('50k').asInteger() == 50000 && isQuantity('1m') && !isQuantity('1.5.2')")]
    [InlineData("quantity('50k').add(20) == quantity('50020') && quantity('50k').sub(quantity('50k')).isInteger() && sign(quantity('-1')) == -1")]
    [InlineData("ip('192.168.0.1').family() == 4 && ip('::1').isLoopback() && isIP('::1') && !isIP('1.2.3') && ip.isCanonical('127.0.0.1') && !ip.isCanonical('::0:1')")]
    [InlineData("cidr('192.168.0.0/24').containsIP('192.168.0.9') && cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16') && cidr('10.1.2.3/8').masked() == cidr('10.0.0.0/8') && cidr('10.0.0.0/8').prefixLength() == 8")]
    [InlineData("url('https://user@example.com:80/path?k=v&k=w#f').getHost() == 'example.com:80' && url('https://example.com:80/').getPort() == '80' && url('https://e.com/?k=v&k=w').getQuery()['k'] == ['v', 'w'] && isURL('/path') && !isURL('../relative') && url('https://[::1]:80/').getHostname() == '::1'")]
    [InlineData("semver('1.2.3').isLessThan(semver('1.10.0')) && semver('v1.0', true).major() == 1 && isSemver('1.0.0-alpha.1') && !isSemver('v1.0') && semver('1.0.0-a').compareTo(semver('1.0.0')) == -1")]
    [InlineData("!format.dns1123Label().validate('my-name').hasValue() && format.dns1123Label().validate('My_Name').hasValue() && format.named('uuid').hasValue() && !format.named('none').hasValue()")]
    [InlineData("[1, 3, 2].sort() == [1, 2, 3] && ['b', 'a'].sortBy(e, e) == ['a', 'b'] && [1, 2, 3].slice(1, 2) == [2] && [[1], [2]].flatten() == [1, 2] && [1, 1, 2].distinct() == [1, 2] && [1, 2].reverse() == [2, 1] && lists.range(3) == [0, 1, 2]")]
    [InlineData("[1, 2].isSorted() && [1, 2].sum() == 3 && [3, 1].min() == 1 && [3, 1].max() == 3 && [1, 2, 1].indexOf(1) == 0 && [1, 2, 1].lastIndexOf(1) == 2 && l.first().value() == 1 && l.last().value() == 3")]
    [InlineData("sets.contains([1, 2], [1]) && sets.equivalent([1, 2], [2, 1, 1]) && sets.intersects([1, 2], [2, 3]) && !sets.intersects([1], [2])")]
    [InlineData("d.n + 1 == 6 && d['list'][1] == 2 && d.name.startsWith('dy') && d.?none.?deeper.orValue(1) == 1")]
    [InlineData("x > 5 ? 'big' == 'big' : false")]
    [InlineData("'z' > 'a' && b'b' > b'a' && '\\U0001F600' > '\\uFFFD' && true > false")]
    [InlineData("// a comment\n true")]
    public void Evaluate_Expression_IsTrue(string text)
    {
        var result = Expressions.Run(text.StartsWith("1 + 2 * 3", StringComparison.Ordinal) ? text + " == 5" : text);
        Assert.True(result.Ok, result.Error);
        Assert.True(result.Value.IsTrue, text);
    }

    [Theory]
    [InlineData("9223372036854775807 + 1 == 0", "integer overflow")]
    [InlineData("0u - 1u == 0u", "unsigned integer overflow")]
    [InlineData("x / 0 == 1", "division by zero")]
    [InlineData("x % 0 == 1", "modulus by zero")]
    [InlineData("l[3] == 1", "index out of bounds: 3")]
    [InlineData("m.c == 1", "no such key: c")]
    [InlineData("d.n.x == 1", "no such key: x")]
    [InlineData("int('a') == 1", "type conversion error from 'string' to 'int'")]
    [InlineData("'abc'.charAt(9) == ''", "index out of range: 9")]
    [InlineData("optional.none().value() == 1", "optional.none() dereference")]
    [InlineData("d.name + 1 == 2", "no such overload")]
    [InlineData("dyn(null) + 1 == 2", "no such overload: _+_")]
    [InlineData("dyn(1) < 'a'", "no such overload")]
    [InlineData("dyn({}) < 1", "no such overload: _<_")]
    [InlineData("dyn(1).startsWith('a')", "no such overload: startsWith(int, string)")]
    [InlineData("int(dyn([])) == 1", "no such overload: int(list)")]
    [InlineData("size(dyn(1)) == 1", "no such overload: size")]
    [InlineData("'a'.matches(s + '(')", "error parsing regexp: missing closing ): `héllo(`")]
    [InlineData("{'a': 1, 'a': 2} == {}", "Failed with repeated key: a")]
    public void Evaluate_Failing_SaysWhy(string text, string error)
    {
        var result = Expressions.Run(text);
        Assert.Equal(CelOutcome.Failed, result.Outcome);
        Assert.Equal(error, result.Error);
    }

    [Theory]
    [InlineData("lists.range(300000).all(i, !'a'.matches(string(i) + 'x'))")]
    [InlineData("lists.range(100000).map(i, s.replace('', lists.range(5000).map(j, 'x').join())).size() == 0")]
    [InlineData("lists.range(2147483647).distinct().size() > 0")]
    [InlineData("lists.range(1000000000).all(i, (lists.range(1000000000) + lists.range(1000000000)).size() > 0)")]
    public void Evaluate_ExpensiveWork_EndsSoon(string text)
    {
        var time = System.Diagnostics.Stopwatch.StartNew();
        Assert.Equal(CelOutcome.CostExceeded, Expressions.Run(text).Outcome);
        Assert.True(time.Elapsed < TimeSpan.FromSeconds(10), time.Elapsed.ToString());
    }

    [Fact]
    public void Evaluate_PastTheLimit_Ends()
    {
        var result = Expressions.Run("lists.range(1000).all(a, lists.range(1000).all(b, lists.range(1000).all(c, true)))");
        Assert.Equal(CelOutcome.CostExceeded, result.Outcome);
        Assert.Equal("operation cancelled: actual cost limit exceeded", result.Error);
    }

    [Fact]
    public void Evaluate_Cancelled_Ends()
    {
        var program = CelProgram.Compile("lists.range(20000).all(a, true)", Proa.Api.Cel.Checking.CelEnvironment.Standard, out _)!;
        Assert.Equal(CelOutcome.Cancelled, program.Evaluate(new None(), CelProgram.CallLimit, new CancellationToken(canceled: true)).Outcome);
    }

    private sealed class None : ICelVariables
    {
        public bool TryGet(string name, out Proa.Api.Cel.Values.CelValue value)
        {
            value = default;
            return false;
        }
    }
}
