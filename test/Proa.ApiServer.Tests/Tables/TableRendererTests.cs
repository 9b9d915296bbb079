using System.Buffers;
using System.Text;
using Proa.Api.Json;
using Proa.Api.Meta;
using Proa.ApiServer.Tables;
using Proa.ApiServer.Types;

namespace Proa.ApiServer.Tests.Tables;

public sealed class TableRendererTests
{
    private static readonly DateTimeOffset s_now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("pods", "pod-pending")]
    [InlineData("pods", "pod-init")]
    [InlineData("pods", "pod-crashloop")]
    [InlineData("pods", "pod-completed")]
    [InlineData("pods", "pod-terminating")]
    [InlineData("pods", "pod-sidecar")]
    [InlineData("services", "service-nodeport")]
    [InlineData("nodes", "node")]
    [InlineData("deployments.apps", "deployment")]
    [InlineData("endpointslices.discovery.k8s.io", "endpointslice")]
    [InlineData("horizontalpodautoscalers.autoscaling", "hpa")]
    [InlineData("unknown", "other")]
    public void Write_Kind_PrintsAsRecorded(string resource, string name)
    {
        var lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Tables", "Golden", name + ".txt"));
        var table = Render(resource, string.Join('\n', lines[1..]));
        var cells = (JsonObject)table.Array("rows")![0];
        Assert.Equal(lines[0], string.Join(" | ", cells.Array("cells")!.Select(cell => cell is JsonString text ? text.Value : cell.ToString())));
        Assert.Equal(table.Array("columnDefinitions")!.Count, cells.Array("cells")!.Count);
    }

    public static TheoryData<string, string, string> Cases()
    {
        // RESOURCE {object}, and indented the cells that must come.
        var lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Tables", "Golden", "cells.txt")).Where(static line => line.Length > 0 && line[0] != '#').ToList();
        var cases = new TheoryData<string, string, string>();
        for (var i = 0; i < lines.Count; i += 2)
        {
            var words = lines[i].Split(' ', 2);
            cases.Add(words[0], words[1], lines[i + 1].Trim());
        }
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Write_Object_HasCells(string resource, string json, string cells) =>
        Assert.Equal(cells, string.Join(" | ", ((JsonObject)Render(resource, json).Array("rows")![0]).Array("cells")!.Select(cell => cell is JsonString text ? text.Value : cell.ToString())));

    public static TheoryData<string, string> Columns()
    {
        var columns = new TheoryData<string, string>();
        foreach (var line in File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Tables", "Golden", "columns.txt")).Where(static line => line.Length > 0 && line[0] != '#'))
        {
            var words = line.Split(' ', 2);
            columns.Add(words[0], words[1]);
        }
        return columns;
    }

    // Name:type:format, in parentheses where only wide output shows it; a string without format is its name alone.
    [Theory]
    [MemberData(nameof(Columns))]
    public void Write_Kind_HasColumns(string resource, string columns) => Assert.Equal(columns, string.Join(", ",
        Render(resource, """{"metadata":{"name":"x"}}""").Array("columnDefinitions")!.OfType<JsonObject>().Select(static column =>
        {
            var type = column.String("type") is var kind && column.String("format") is { Length: > 0 } format ? $":{kind}:{format}" : kind == "string" ? "" : $":{kind}";
            var text = column.String("name") + type;
            return column.Int("priority") == 0 ? text : $"({text})";
        })));

    [Fact]
    public void Write_AnyKind_HasAsManyCellsAsColumns()
    {
        foreach (var resource in KnownResources())
        {
            var table = Render(resource, """{"metadata":{"name":"x"}}""");
            var cells = ((JsonObject)table.Array("rows")![0]).Array("cells")!.Count;
            Assert.Equal(table.Array("columnDefinitions")!.Count, resource.StartsWith("ipaddresses", StringComparison.Ordinal) ? cells - 1 : cells);
        }
    }

    [Fact]
    public void Write_CustomColumns_FollowTheirPaths()
    {
        var version = JsonTree.ParseObject("""
            {"additionalPrinterColumns":[
              {"name":"Replicas","type":"integer","jsonPath":".spec.replicas"},
              {"name":"Ready","type":"string","jsonPath":".status.conditions[?(@.type==\"Ready\")].status"},
              {"name":"Label","type":"string","jsonPath":".metadata.labels['app\\.x/y']"},
              {"name":"Missing","type":"string","jsonPath":".status.nothing"},
              {"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp","priority":1}]}
            """u8);
        var table = Render("widgets.example.com", """
            {"metadata":{"name":"w","creationTimestamp":"2026-01-01T11:55:00Z","labels":{"app.x/y":"z"}},"spec":{"replicas":3},
             "status":{"conditions":[{"type":"Other","status":"False"},{"type":"Ready","status":"True"}]}}
            """, version);
        Assert.Equal("""["w",3,"True","z",null,"5m"]""", ((JsonObject)table.Array("rows")![0])["cells"]!.ToString());
    }

    [Theory]
    [InlineData("None", "null")]
    [InlineData("Metadata", """{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{"name":"x"}}""")]
    [InlineData("Object", """{"metadata":{"name":"x"},"data":{}}""")]
    public void Write_IncludeObject_GivesThatMuch(string include, string expected)
    {
        var table = Render("configmaps", """{"metadata":{"name":"x"},"data":{}}""", include: include);
        Assert.Equal(expected, ((JsonObject)table.Array("rows")![0])["object"]!.ToString());
    }

    [Theory]
    [InlineData(-1, "0s")]
    [InlineData(119, "119s")]
    [InlineData(120, "2m")]
    [InlineData(125, "2m5s")]
    [InlineData(10 * 60 + 5, "10m")]
    [InlineData(3 * 3600 + 60, "3h1m")]
    [InlineData(9 * 3600, "9h")]
    [InlineData(50 * 3600, "2d2h")]
    [InlineData(10 * 86400, "10d")]
    [InlineData(800 * 86400, "2y70d")]
    public void HumanDuration_Seconds_ReadAsKubectlPrints(int seconds, string expected) =>
        Assert.Equal(expected, HumanDuration.Of(TimeSpan.FromSeconds(seconds)));

    private static IEnumerable<string> KnownResources() =>
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Tables", "Golden", "resources.txt")).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static JsonObject Render(string resource, string json, JsonObject? custom = null, string include = "Metadata")
    {
        var dot = resource.IndexOf('.');
        var info = new ResourceInfo(dot < 0 ? "" : resource[(dot + 1)..], "v1", dot < 0 ? resource : resource[..dot], "Kind", true);
        var output = new ArrayBufferWriter<byte>();
        new TableRenderer(new FixedClock()).Write(
            new ServedType(info) { Singular = "x", CustomVersion = custom }, new(include, "7"), [Encoding.UTF8.GetBytes(json)], output);
        return JsonTree.ParseObject(output.WrittenSpan);
    }

    private sealed class FixedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => s_now;
    }
}
