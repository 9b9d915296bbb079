using System.Text;
using System.Text.Json;

namespace Proa.Store.Tests;

/// <summary>Short ways to say what a test writes and reads.</summary>
internal static class StoreRequests
{
    public const string Maps = "configmaps";

    private const string Head = """{"apiVersion":"v1","kind":"ConfigMap","metadata":{""";

    public static WriteRequest Create(string name, string value = "", string ns = "default", string resource = Maps) =>
        Write(WriteKind.Create, name, value, 0, ns, resource);

    public static WriteRequest Replace(string name, string value, long expected = 0, string ns = "default", string resource = Maps) =>
        Write(WriteKind.Replace, name, value, expected, ns, resource);

    public static WriteRequest Delete(string name, long expected = 0, string ns = "default", string resource = Maps) =>
        new() { Key = new ObjectKey(resource, ns, name), Kind = WriteKind.Delete, ExpectedRevision = expected };

    public static string Value(StoredObject obj)
    {
        using var json = JsonDocument.Parse(obj.Json);
        return json.RootElement.GetProperty("data").GetProperty("value").GetString()!;
    }

    /// <summary>The resourceVersion that the JSON itself carries.</summary>
    public static string Version(StoredObject obj)
    {
        using var json = JsonDocument.Parse(obj.Json);
        return json.RootElement.GetProperty("metadata").GetProperty("resourceVersion").GetString()!;
    }

    public static ObjectIndex IndexOf(string resource, ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        return new ObjectIndex { Uid = JsonElement.ParseValue(ref reader).GetProperty("metadata").GetProperty("name").GetString()! };
    }

    public static async Task<StoredObject> DoneAsync(this IObjectStore store, WriteRequest request)
    {
        var result = await store.WriteAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(WriteOutcome.Done, result.Outcome);
        return result.Object!;
    }

    public static async Task<WriteResult> TryAsync(this IObjectStore store, WriteRequest request) =>
        await store.WriteAsync(request, TestContext.Current.CancellationToken);

    private static WriteRequest Write(WriteKind kind, string name, string value, long expected, string ns, string resource) => new()
    {
        Key = new ObjectKey(resource, ns, name),
        Kind = kind,
        ExpectedRevision = expected,
        RevisionOffset = Head.Length,
        Json = Encoding.UTF8.GetBytes(
            $$$"""
            {{{Head}}}"name":"{{{name}}}","namespace":"{{{ns}}}"},"data":{"value":"{{{value}}}"}}
            """),
        Index = new ObjectIndex { Uid = name },
    };
}
