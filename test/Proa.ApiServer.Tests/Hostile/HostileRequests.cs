using System.Text;

namespace Proa.ApiServer.Tests.Hostile;

/// <summary>Requests that no honest client sends, as raw HTTP/1.1.</summary>
internal sealed class HostileRequests
{
    private const string Maps = "/api/v1/namespaces/default/configmaps";
    private const string Pods = "/api/v1/namespaces/default/pods";
    private readonly string _token;
    private readonly List<HostileRequest> _all = [];

    private HostileRequests(string token) => _token = token;

    public static IReadOnlyList<HostileRequest> All(string token)
    {
        var made = new HostileRequests(token);
        made.JsonBodies();
        made.ObjectBodies();
        made.YamlBodies();
        made.ProtobufBodies();
        made.Patches();
        made.Paths();
        made.Queries();
        made.Headers();
        made.Framing();
        return made._all;
    }

    private void JsonBodies()
    {
        var bodies = new (string, string)[]
        {
            ("nothing", ""), ("spaces", "   \n"), ("null", "null"), ("number", "1"), ("string", "\"x\""), ("bool", "true"), ("array", "[]"), ("open", "{"), ("close", "}"),
            ("comment", "/* x */{}"), ("trailing comma", """{"a":1,}"""), ("single quotes", "{'a':1}"), ("two objects", "{}{}"), ("text after", "{} x"), ("NaN", """{"data":{"a":NaN}}"""),
            ("byte order mark", "\ufeff{}"), ("bare key", "{a:1}"), ("unclosed string", """{"a":"b"""), ("bad escape", """{"a":"\q"}"""), ("short escape", """{"a":"\u12"}"""),
            ("control character", "{\"a\":\"\u0001\"}"), ("deep arrays", new string('[', 100_000)), ("deep objects", string.Concat(Enumerable.Repeat("{\"a\":", 50_000))),
            ("deep and closed", $$"""{"metadata":{"name":"d"},"data":{{new string('[', 20_000)}}{{new string(']', 20_000)}}}"""),
            ("long number", $$$"""{"metadata":{"name":"d","generation":{{{new string('9', 50_000)}}}}}"""), ("great exponent", """{"metadata":{"name":"d","generation":1e999999999}}"""),
            ("long key", $$"""{"{{new string('k', 1_000_000)}}":1}"""), ("many keys", "{" + string.Join(',', Enumerable.Range(0, 60_000).Select(i => $"\"k{i}\":{i}")) + "}"),
            ("odd keys", """{"metadata":{"name":"odd"},"\u00fc\n\u0000":1,"ü":2}"""), ("many equal keys", "{" + string.Join(',', Enumerable.Range(0, 20_000).Select(_ => "\"k\":1")) + "}"), ("half a surrogate pair", """{"metadata":{"name":"s1"},"data":{"a":"\ud800"}}"""),
            ("too large", $$$"""{"metadata":{"name":"big"},"data":{"a":"{{{new string('x', 4_000_000)}}}"}}"""), ("too large for its kind", $$$"""{"metadata":{"name":"big"},"data":{"a":"{{{new string('x', 1_500_000)}}}"}}"""),
        };
        foreach (var (name, body) in bodies)
        {
            Post($"json: {name}", Maps, body);
        }
        foreach (var bytes in new byte[][] { [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82], [0x00] })
        {
            byte[] body = [.. "{\"metadata\":{\"name\":\"u"u8, .. bytes, .. "\"},\"data\":{\"a\":\""u8, .. bytes, .. "\"}}"u8];
            Add($"json: bytes {Convert.ToHexString(bytes)}", "POST", Maps, body, "Content-Type: application/json");
            Add($"json: only bytes {Convert.ToHexString(bytes)}", "POST", Maps, bytes, "Content-Type: application/json");
        }
    }

    private void ObjectBodies()
    {
        var members = new[]
        {
            "\"metadata\":null", "\"metadata\":[]", "\"metadata\":1", "\"metadata\":\"x\"", "\"metadata\":{\"name\":1}", "\"metadata\":{\"name\":null}", "\"metadata\":{\"name\":\"..\"}",
            "\"metadata\":{\"name\":\"a/b\"}", "\"metadata\":{\"name\":\"a%2fb\"}", "\"metadata\":{\"name\":\"a\\nb\"}", $"\"metadata\":{{\"name\":\"{new string('n', 300)}\"}}",
            $"\"metadata\":{{\"generateName\":\"{new string('n', 300)}\"}}", "\"metadata\":{\"name\":\"x\",\"namespace\":\"other\"}", "\"metadata\":{\"name\":\"x\",\"namespace\":\"../default\"}",
            "\"metadata\":{\"name\":\"x\",\"labels\":{\"a\":{}}}", "\"metadata\":{\"name\":\"x\",\"labels\":{\"\":\"\"}}", "\"metadata\":{\"name\":\"x\",\"labels\":{\"-\":\"-\",\"a b\":\"c d\"}}",
            $"\"metadata\":{{\"name\":\"x\",\"annotations\":{{\"a\":\"{new string('x', 300_000)}\"}}}}", "\"metadata\":{\"name\":\"x\",\"creationTimestamp\":\"99999-01-01T00:00:00Z\"}",
            "\"metadata\":{\"name\":\"x\",\"creationTimestamp\":7}", "\"metadata\":{\"name\":\"x\",\"deletionTimestamp\":\"never\"}", "\"metadata\":{\"name\":\"x\",\"resourceVersion\":\"-1\"}",
            "\"metadata\":{\"name\":\"x\",\"uid\":[]}", "\"metadata\":{\"name\":\"x\",\"finalizers\":[\"a b\",null,1]}", "\"metadata\":{\"name\":\"x\",\"ownerReferences\":[{},{\"controller\":1}]}",
            "\"metadata\":{\"name\":\"x\",\"managedFields\":[{}]}", "\"metadata\":{\"name\":\"x\",\"managedFields\":[{\"operation\":\"Odd\",\"fieldsType\":\"V9\",\"fieldsV1\":[]}]}",
            "\"metadata\":{\"name\":\"x\",\"managedFields\":[{\"manager\":\"m\",\"operation\":\"Apply\",\"apiVersion\":\"v9\",\"fieldsType\":\"FieldsV1\",\"fieldsV1\":{\"k:{\":{},\"q\":1}}]}",
            "\"kind\":[],\"apiVersion\":{}", "\"kind\":\"Secret\"", "\"apiVersion\":\"v999\"", "\"apiVersion\":\"a/b/c/d\"", "\"data\":[]", "\"data\":{\"a/b\":\"c\"}", "\"binaryData\":{\"a\":\"%%%\"}", "\"immutable\":\"yes\"",
        };
        foreach (var member in members)
        {
            Post($"object: {member[..Math.Min(60, member.Length)]}", Maps, "{" + member + "}");
        }
        foreach (var spec in new[]
        {
            "null", "[]", "{}", "{\"containers\":null}", "{\"containers\":[null]}", "{\"containers\":[{}]}", "{\"containers\":{\"name\":\"x\"}}", "{\"containers\":[[]]}",
            "{\"containers\":[{\"name\":\"c\",\"image\":\"i\",\"resources\":{\"limits\":{\"cpu\":\"1e400\"}}}]}", "{\"containers\":[{\"name\":\"c\",\"image\":\"i\",\"ports\":[{\"containerPort\":-99999999999}]}]}",
            "{\"containers\":[{\"name\":\"c\",\"image\":\"i\",\"livenessProbe\":{\"httpGet\":{\"port\":{}}}}]}", "{\"containers\":[{\"name\":\"c\",\"image\":\"i\",\"resources\":{\"limits\":{\"cpu\":{}}}}]}",
            "{\"volumes\":[{\"name\":\"v\",\"projected\":{\"sources\":[null]}}],\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]}", "{\"activeDeadlineSeconds\":99999999999999999999}",
            $"{{\"containers\":[{string.Join(',', Enumerable.Repeat("{\"name\":\"c\",\"image\":\"i\"}", 3000))}]}}",
        })
        {
            Post($"pod: {spec[..Math.Min(60, spec.Length)]}", Pods, $$"""{"metadata":{"name":"p"},"spec":{{spec}}}""");
        }
    }

    private void YamlBodies()
    {
        var laughs = string.Concat(Enumerable.Range(0, 30).Select(i => i == 0 ? "a0: &a0 [x, x]\n" : $"a{i}: &a{i} [*a{i - 1}, *a{i - 1}, *a{i - 1}]\n"));
        foreach (var (name, body) in new[]
        {
            ("laughs", laughs), ("itself", "a: &a [*a]\n"), ("unknown anchor", "a: *b\n"), ("tab", "a:\n\tb: 1\n"), ("deep flow", new string('[', 50_000)), ("deep block", string.Concat(Enumerable.Range(0, 3000).Select(i => new string(' ', i) + "a:\n"))),
            ("binary", "data: !!binary '%%%'\n"), ("documents", "a: 1\n---\nb: 2\n"), ("merge of text", "<<: x\n"), ("directive", "%YAML 9.9\n---\na: 1\n"), ("nul", "a: \"\\0\"\n"), ("complex key", "? [a, b]\n: 1\n"),
            ("bad indent", "a:\n  b: 1\n c: 2\n"), ("unclosed", "a: \"b\n"), ("only dashes", "---\n---\n---\n"), ("control character", "a: \u0001\n"), ("tags", "!<x> a: !!python/object:os.system [x]\n"),
        })
        {
            Add($"yaml: {name}", "POST", Maps, body, "Content-Type: application/yaml");
        }
    }

    private void ProtobufBodies()
    {
        byte[] magic = [(byte)'k', (byte)'8', (byte)'s', 0];
        byte[] type = [0x0A, 0x0F, 0x0A, 0x02, (byte)'v', (byte)'1', 0x12, 0x09, .. "ConfigMap"u8];
        byte[] deep = [];
        for (var i = 0; i < 2000; i++)
        {
            deep = [0x0A, .. Varint(deep.Length), .. deep];
        }
        foreach (var (name, body) in new (string, byte[])[]
        {
            ("nothing", []), ("magic", magic), ("other magic", [1, 2, 3, 4]), ("text", Encoding.UTF8.GetBytes("hello")), ("cut length", [.. magic, 0x0A, 0x7F, 1]), ("great length", [.. magic, 0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F]),
            ("endless varint", [.. magic, .. Enumerable.Repeat((byte)0xFF, 400)]), ("group", [.. magic, 0x0B, 0x0C]), ("field 0", [.. magic, 0x02, 0x00]), ("no object", [.. magic, .. type]),
            ("wrong wire type", [.. magic, .. type, 0x12, 0x02, 0x08, 0x01]), ("deep", [.. magic, .. type, 0x12, .. Varint(deep.Length), .. deep]), ("unknown kind", [.. magic, 0x0A, 0x05, 0x12, 0x03, (byte)'F', (byte)'o', (byte)'o']),
        })
        {
            Add($"protobuf: {name}", "POST", Maps, body, "Content-Type: application/vnd.kubernetes.protobuf");
        }

        static byte[] Varint(int value)
        {
            var bytes = new List<byte>();
            for (; value > 127; value >>= 7)
            {
                bytes.Add((byte)(value & 127 | 128));
            }
            return [.. bytes, (byte)value];
        }
    }

    private void Patches()
    {
        var target = "/api/v1/namespaces/default";
        foreach (var body in new[]
        {
            "", "{}", "null", "[null]", "[1]", "[{}]", """[{"op":"odd","path":"/a"}]""", """[{"op":"add"}]""", """[{"op":"add","path":"a","value":1}]""", """[{"op":"remove","path":"/none/0"}]""",
            """[{"op":"replace","path":"","value":null}]""", """[{"op":"replace","path":"","value":[]}]""", """[{"op":"remove","path":""}]""", """[{"op":"remove","path":"/metadata"}]""", """[{"op":"add","path":"/spec/finalizers/99999999999999999999","value":1}]""",
            """[{"op":"add","path":"/spec/finalizers/-2","value":1}]""", """[{"op":"move","from":"/metadata","path":"/metadata/labels/a"}]""", """[{"op":"add","path":"/~2~","value":1}]""",
            "[" + string.Join(',', Enumerable.Repeat("""{"op":"test","path":"/kind","value":"x"}""", 10_001)) + "]",
            """[{"op":"add","path":"/metadata/annotations","value":{"a":"b"}},""" + string.Join(',', Enumerable.Repeat("""{"op":"copy","from":"/metadata","path":"/metadata/annotations/x"}""", 40)) + "]",
        })
        {
            Add($"json patch: {body[..Math.Min(50, body.Length)]}", "PATCH", target, body, "Content-Type: application/json-patch+json");
        }
        foreach (var type in new[] { "application/merge-patch+json", "application/strategic-merge-patch+json" })
        {
            foreach (var body in new[]
            {
                "", "null", "[]", "1", "{", """{"metadata":null}""", """{"metadata":[]}""", """{"metadata":{"name":null,"uid":"x"}}""", """{"kind":null,"apiVersion":null}""", """{"spec":{"finalizers":{"a":1}}}""",
                """{"$patch":"delete"}""", """{"$patch":"odd"}""", """{"$patch":1}""", """{"metadata":{"$retainKeys":1}}""", """{"spec":{"$setElementOrder/finalizers":"x"}}""", """{"spec":{"$deleteFromPrimitiveList/finalizers":[{}]}}""",
                string.Concat(Enumerable.Repeat("{\"a\":", 20_000)),
            })
            {
                Add($"{type[12..]}: {body[..Math.Min(40, body.Length)]}", "PATCH", target, body, "Content-Type: " + type);
            }
        }
        foreach (var (query, body) in new[]
        {
            ("", "{}"), ("?fieldManager=", "{}"), ("?fieldManager=" + new string('m', 200), "{}"), ("?fieldManager=m", ""), ("?fieldManager=m", "null"), ("?fieldManager=m", "- 1"), ("?fieldManager=m&force=maybe", "{}"),
            ("?fieldManager=m", "apiVersion: v1\nkind: Namespace\nmetadata: {managedFields: [{}]}\n"), ("?fieldManager=m", "apiVersion: v1\nkind: Pod\n"), ("?fieldManager=m", "apiVersion: v1\nkind: Namespace\nmetadata: {name: other}\n"),
            ("?fieldManager=m", "apiVersion: v1\nkind: Namespace\nspec: {finalizers: [a, a]}\n"),
        })
        {
            Add($"apply: {query[..Math.Min(20, query.Length)]} {body[..Math.Min(40, body.Length)]}", "PATCH", target + query, body, "Content-Type: application/apply-patch+yaml");
        }
    }

    private void Paths()
    {
        foreach (var path in new[]
        {
            "//", "///api//v1", "/api/v1/../../etc/passwd", "/api/v1/%2e%2e/%2e%2e/etc", "/api/v1/namespaces/%00", "/api/v1/namespaces/%ff%fe", "/api/v1/namespaces/%c0%ae", "/api/v1/namespaces/a%2fb", "/api/v1/namespaces/%", "/api/v1/namespaces/%zz",
            "/api/v1/namespaces/%20", "/api/v1/namespaces/default/", "/api/v1/namespaces//pods", "/api/v1/namespaces/default/pods/a/b/c/d/e", "/apis//v1", "/apis/apps", "/apis/apps/v9/deployments", "/apis/apps/v1/namespaces/default/nothings",
            "/" + new string('a', 20_000), "/" + string.Concat(Enumerable.Repeat("a/", 8_000)), "/api/v1/namespaces/" + new string('n', 5_000), "/%F0%9F%92%A9", "http://other.example/api/v1/namespaces", "http:///", "api/v1", "*", "/api/v1/watch/pods", "/api/v1/proxy/nodes/x",
            "/api/v1/nodes/x/proxy/../../secrets", "/api/v1/namespaces/default/pods/p/exec?command=%00", "/api/v1/namespaces/default/pods/p:99999999/proxy/", "/api/v1/namespaces/default/services/https:a:b:c/proxy/", "/logs/../../etc/passwd", "/openapi/v3/../v2", "/openapi/v3/apis/none/v1", "/metrics/x", "/healthz/none", "/version/..",
        })
        {
            Add($"path: {path[..Math.Min(60, path.Length)]}", "GET", path);
        }
    }

    private void Queries()
    {
        foreach (var query in new[]
        {
            "limit=-1", "limit=999999999999999999999", "limit=x", "limit=", "continue=AAAA", "continue=%25", "continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6LTEsInN0YXJ0IjoiLi4vLi4ifQ", "resourceVersion=x", "resourceVersion=-1", "resourceVersion=99999999999999999999999",
            "resourceVersion=0&resourceVersionMatch=Exact", "resourceVersionMatch=Odd", "watch=maybe&timeoutSeconds=1", "watch=true&timeoutSeconds=0&limit=1&resourceVersionMatch=x", "watch=1&timeoutSeconds=-1&sendInitialEvents=1", "timeoutSeconds=1e9", "fieldSelector=%00", "fieldSelector=a", "fieldSelector=metadata.name%3D%5C",
            "fieldSelector=" + new string('a', 10_000), "labelSelector=((((", "labelSelector=a+in+(", "labelSelector=!", "labelSelector=" + new string('!', 9_000), "labelSelector=a%00b", "dryRun=x&dryRun=y", "fieldValidation=odd", "pretty=odd", "=", "&&&&", "%=%&%", "a=b=c;d", "limit=1;drop", string.Join('&', Enumerable.Range(0, 4000).Select(i => $"k{i}")),
        })
        {
            Add($"query: {query[..Math.Min(60, query.Length)]}", "GET", Maps + "?" + query);
            if (query.StartsWith("dry", StringComparison.Ordinal) || query.StartsWith("field", StringComparison.Ordinal))
            {
                Add($"query of a write: {query[..Math.Min(60, query.Length)]}", "POST", Maps + "?" + query, """{"metadata":{"name":"q"}}""", "Content-Type: application/json");
            }
        }
        foreach (var body in new[] { "[]", "null", "x", "{\"propagationPolicy\":1}", "{\"propagationPolicy\":\"Odd\"}", "{\"gracePeriodSeconds\":-5}", "{\"preconditions\":[]}", "{\"kind\":\"Pod\",\"apiVersion\":\"v1\"}" })
        {
            Add($"delete options: {body}", "DELETE", Maps + "/none", body, "Content-Type: application/json");
        }
    }

    private void Headers()
    {
        foreach (var header in new[]
        {
            "Accept: " + new string('x', 9_000), "Accept: ;;;,,,;q=", "Accept: application/json;q=NaN", "Accept: */*;q=-1", "Accept: application/json;as=Table;v=v9;g=x", "Accept: application/json;as=", "Accept: application/vnd.kubernetes.protobuf;as=Table;v=v1;g=meta.k8s.io",
            "Accept-Encoding: gzip;q=0,*;q=2,,", "Accept-Encoding: \u0001", "Expect: 100-continue", "Expect: tea", "Range: bytes=0-1", "If-Match: *", "Upgrade: h2c\r\nConnection: Upgrade, close", "Upgrade: websocket\r\nConnection: Upgrade, close\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 99",
            "Upgrade: SPDY/3.1\r\nConnection: Upgrade, close", "Authorization: Basic YTpi", "Authorization: Bearer", "Authorization: Bearer " + new string('t', 30_000), "Authorization: Bearer a.b.c", "Impersonate-Group: x", "Impersonate-User: ", "Impersonate-User: system:anonymous", "Impersonate-Uid: x",
            "Impersonate-Extra-%zz: x\r\nImpersonate-User: a", "X-Forwarded-For: " + new string('1', 5_000), "Audit-ID: \t", "Content-Length: 99999999999999999999", "Content-Length: -1", "Content-Length: x", "Content-Length: 1\r\nContent-Length: 2", "Transfer-Encoding: gzip", "Transfer-Encoding: chunked, chunked",
            "Transfer-Encoding: chunked\r\nContent-Length: 5", "Host: other\r\nHost: another", "Bad Header: x", ": empty", "Folded: a\r\n b", "Nul: a\0b", "Big: " + new string('x', 70_000), string.Join("\r\n", Enumerable.Range(0, 500).Select(i => $"H{i}: {i}")), "Cookie: " + new string(';', 4_000), "User-Agent: \u00ff\u00fe",
            "Origin: null", "Content-Encoding: gzip", "Connection: close, keep-alive, x", "Te: trailers", "Date: yesterday", "Authorization: Bearer \u00e9",
        })
        {
            Add($"header: {header[..Math.Min(60, header.Length)].Replace("\r\n", " ")}", "GET", Maps, (byte[]?)null, header);
        }
        foreach (var type in new[] { "", "text/plain", "application/xml", "application/json; charset=utf-16", ";;;", "application/json-patch+json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", new string('a', 5_000), "application/cbor" })
        {
            Add($"content type: {type[..Math.Min(40, type.Length)]}", "POST", Maps, """{"metadata":{"name":"t"}}""", "Content-Type: " + type);
        }
    }

    private void Framing()
    {
        foreach (var line in new[]
        {
            "GET /", "GET / HTTP/9.9", "GET / HTTP/0.9", "get /api HTTP/1.1", "BREW /api HTTP/1.1", " /api HTTP/1.1", "GET  /api  HTTP/1.1", "CONNECT 127.0.0.1:1 HTTP/1.1", "OPTIONS * HTTP/1.1", "TRACE /api HTTP/1.1", "HEAD /api/v1/namespaces HTTP/1.1", "PRI * HTTP/2.0",
            "\0\0\0", "GET /a b HTTP/1.1", "GET /api HTTP/1.0", new string('A', 40_000),
        })
        {
            _all.Add(new($"line: {line[..Math.Min(40, line.Length)].Replace("\0", "NUL")}", Encoding.Latin1.GetBytes($"{line}\r\nHost: x\r\nAuthorization: Bearer {_token}\r\nConnection: close\r\n\r\n")));
        }
        foreach (var (name, rest) in new[]
        {
            ("chunk of bad size", "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n"), ("chunk of great size", "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n{}"), ("chunks cut off", "Transfer-Encoding: chunked\r\n\r\n5\r\n{\"a"), ("long chunk extension", $"Transfer-Encoding: chunked\r\n\r\n2;{new string('x', 20_000)}\r\n{{}}\r\n0\r\n\r\n"),
            ("body cut off", "Content-Length: 100\r\n\r\n{\"a\":"), ("body longer than said", "Content-Length: 2\r\n\r\n{}GARBAGE\r\n\r\n"), ("headers cut off", "Content-Le"), ("many small chunks", "Transfer-Encoding: chunked\r\n\r\n" + string.Concat(Enumerable.Repeat("1\r\n \r\n", 5_000)) + "0\r\n\r\n"),
        })
        {
            _all.Add(new($"framing: {name}", Encoding.Latin1.GetBytes($"POST {Maps} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {_token}\r\nContent-Type: application/json\r\nConnection: close\r\n{rest}")) { CutsOff = name.EndsWith("cut off", StringComparison.Ordinal) || name.EndsWith("great size", StringComparison.Ordinal) });
        }
        _all.Add(new("framing: HTTP/2 and garbage", [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. Enumerable.Repeat((byte)0xEE, 500)]));
        _all.Add(new("framing: nothing", []) { CutsOff = true });
        _all.Add(new("framing: many at once", Encoding.Latin1.GetBytes(string.Concat(Enumerable.Repeat($"GET /version HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {_token}\r\n\r\n", 99)) + "GET /version HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")));
    }

    private void Post(string name, string path, string body) => Add(name, "POST", path, body, "Content-Type: application/json");

    private void Add(string name, string method, string path, string? body = null, string? header = null) =>
        Add(name, method, path, body is null ? null : Encoding.UTF8.GetBytes(body), header);

    private void Add(string name, string method, string path, byte[]? body, string? header)
    {
        var head = new StringBuilder($"{method} {path} HTTP/1.1\r\n");
        if (header?.StartsWith("Host:", StringComparison.Ordinal) != true)
        {
            head.Append("Host: 127.0.0.1\r\n");
        }
        if (header?.StartsWith("Authorization:", StringComparison.Ordinal) != true)
        {
            head.Append($"Authorization: Bearer {_token}\r\n");
        }
        if (header?.Contains("Connection:", StringComparison.Ordinal) != true)
        {
            head.Append("Connection: close\r\n");
        }
        if (header is not null)
        {
            head.Append(header).Append("\r\n");
        }
        if (body is not null)
        {
            head.Append($"Content-Length: {body.Length}\r\n");
        }
        head.Append("\r\n");
        // Chunks that were announced and do not come are waited for; watches go on.
        var cutsOff = path.Contains("watch", StringComparison.Ordinal) || header?.StartsWith("Transfer-Encoding: chunked", StringComparison.Ordinal) == true;
        _all.Add(new(name, [.. Encoding.Latin1.GetBytes(head.ToString()), .. body ?? []]) { CutsOff = cutsOff });
    }
}

/// <param name="Bytes">What goes over the connection.</param>
internal sealed record HostileRequest(string Name, byte[] Bytes)
{
    /// <summary>The client goes away in the middle.</summary>
    public bool CutsOff { get; init; }
}
