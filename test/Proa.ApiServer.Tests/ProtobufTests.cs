using System.Buffers.Binary;
using System.Net.Http.Headers;
using Proa.Api.Json;
using Proa.Api.Protobuf;
using Proa.Api.Schema;

namespace Proa.ApiServer.Tests;

/// <summary>Answers in protobuf, as clients built with the API's types ask for them.</summary>
public sealed class ProtobufTests : IAsyncLifetime
{
    private const string Protobuf = "application/vnd.kubernetes.protobuf";
    private const string Maps = "/api/v1/namespaces/n/configmaps";
    private TestServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync();
        await _server.NamespaceAsync("n");
        await _server.ExpectAsync(201, "POST", Maps, """{"metadata":{"name":"c"},"data":{"a":"1"}}""");
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Get_InProtobuf_IsTheSameObject()
    {
        var json = await _server.ExpectAsync(200, "GET", Maps + "/c");
        var (code, type, body) = await AskAsync("GET", Maps + "/c", Protobuf);
        Assert.Equal((200, Protobuf), (code, type));
        Assert.True(json.DeepEquals(Decode(body)), Decode(body).ToString());
    }

    [Fact]
    public async Task Get_NotThere_StatusInProtobuf()
    {
        var (code, type, body) = await AskAsync("GET", Maps + "/none", Protobuf + ",application/json");
        Assert.Equal((404, Protobuf), (code, type));
        var status = Decode(body);
        Assert.Equal(("Status", "configmaps \"none\" not found"), (status.String("kind"), status.String("message")));
    }

    [Fact]
    public async Task List_InProtobuf_HasItemsAndMetadata()
    {
        await _server.ExpectAsync(201, "POST", Maps, """{"metadata":{"name":"d"}}""");
        var (code, _, body) = await AskAsync("GET", Maps + "?limit=1", Protobuf);
        Assert.Equal(200, code);
        var list = Decode(body);
        Assert.Equal("ConfigMapList", list.String("kind"));
        Assert.NotNull(list.Object("metadata")!.String("continue"));
        Assert.Equal(1, list.Object("metadata")!.Int("remainingItemCount"));
        Assert.Equal("c", ((JsonObject)Assert.Single(list.Array("items")!)).Object("metadata")!.String("name"));
    }

    [Fact]
    public async Task List_OfMetadata_WorksForAnyKind()
    {
        var (code, type, body) = await AskAsync("GET", Maps, $"{Protobuf};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1");
        Assert.Equal((200, Protobuf), (code, type));
        Assert.Equal("c", Encoded(body, "c"));
    }

    [Fact]
    public async Task Table_InProtobuf_IsRefusedOrGivenInJson()
    {
        var table = $"{Protobuf};as=Table;g=meta.k8s.io;v=v1";
        var (code, _, body) = await AskAsync("GET", Maps, table);
        Assert.Equal(406, code);
        Assert.Equal(
            "only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf",
            JsonTree.ParseObject(body).String("message"));
        var (either, type, _) = await AskAsync("GET", Maps, table + ",application/json;as=Table;g=meta.k8s.io;v=v1");
        Assert.Equal((200, "application/json"), (either, type));
    }

    [Theory]
    [InlineData("""{"apiVersion":"v1","kind":"DeleteOptions","preconditions":{"uid":"other"}}""", 409)]
    [InlineData("""{"apiVersion":"v1","kind":"DeleteOptions","dryRun":["All"]}""", 200)]
    [InlineData("""{"apiVersion":"v1","kind":"DeleteOptions","gracePeriodSeconds":0,"propagationPolicy":"Background"}""", 200)]
    public async Task Delete_OptionsInProtobuf_AreTaken(string options, int code)
    {
        var body = ProtobufEncoder.Encode(JsonTree.ParseObject(System.Text.Encoding.UTF8.GetBytes(options)), SchemaRegistry.BuiltIn)!;
        foreach (var path in (string[])[Maps + "/c", code == 200 ? Maps : Maps + "/c"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Delete, path) { Content = new ByteArrayContent(body) };
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(Protobuf);
            using var response = await _server.Http.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(code, (int)response.StatusCode);
        }
    }

    [Fact]
    public async Task Delete_OptionsInUnknownForm_Refused()
    {
        var (code, body) = await _server.SendAsync("DELETE", Maps + "/c", "x", "text/plain");
        Assert.Equal(415, code);
        Assert.StartsWith("the body of the request was in an unknown format", ((JsonObject)body!).String("message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_InProtobuf_AnswersInProtobuf()
    {
        var body = ProtobufEncoder.Encode(JsonTree.ParseObject("""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"made"},"binaryData":{"b":"AQI="}}"""u8), SchemaRegistry.BuiltIn);
        var (code, type, answer) = await AskAsync("POST", Maps, Protobuf, body);
        Assert.Equal((201, Protobuf), (code, type));
        Assert.Equal("AQI=", Decode(answer).Object("binaryData")!.String("b"));
    }

    [Fact]
    public async Task Watch_InProtobuf_FramesEvents()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Maps + "?watch=true");
        request.Headers.TryAddWithoutValidation("Accept", $"{Protobuf};stream=watch,{Protobuf}");
        using var response = await _server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal($"{Protobuf}; stream=watch", response.Content.Headers.ContentType!.ToString());
        await using var stream = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        var length = new byte[4];
        await stream.ReadExactlyAsync(length, TestContext.Current.CancellationToken);
        var frame = new byte[BinaryPrimitives.ReadInt32BigEndian(length)];
        await stream.ReadExactlyAsync(frame, TestContext.Current.CancellationToken);
        Assert.Equal("ADDED", Encoded(frame, "ADDED"));
        Assert.Equal("c", Decode(frame.AsSpan(frame.AsSpan().IndexOf("k8s\0"u8)).ToArray()).Object("metadata")!.String("name"));
    }

    private static JsonObject Decode(byte[] body) => ProtobufDecoder.Decode(body, SchemaRegistry.BuiltIn);

    /// <summary>The text if the bytes hold it.</summary>
    private static string? Encoded(byte[] body, string text) => body.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(text)) >= 0 ? text : null;

    private async Task<(int Code, string? Type, byte[] Body)> AskAsync(string method, string path, string accept, byte[]? body = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(Protobuf);
        }
        using var response = await _server.Http.SendAsync(request, TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType, await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }
}
