using System.Collections.Concurrent;
using Proa.Api.Models.Meta;
using Proa.Client;

namespace Proa.Network.Tests;

/// <summary>An API that keeps what it is given, and forgets nothing else.</summary>
internal sealed class FakeClient : IClusterClient
{
    public ConcurrentDictionary<string, byte[]> Objects { get; } = [];

    public Task<ApiResult<ReadOnlyMemory<byte>>> GetAsync(ResourcePath path, CancellationToken ct) => Task.FromResult(
        Objects.TryGetValue(path.ToString(), out var found) ? (ApiResult<ReadOnlyMemory<byte>>)(ReadOnlyMemory<byte>)found : new Status { Code = 404, Reason = "NotFound" });

    public Task<ApiResult<ReadOnlyMemory<byte>>> CreateAsync(ResourcePath path, ReadOnlyMemory<byte> body, WriteOptions options, CancellationToken ct)
    {
        using var json = System.Text.Json.JsonDocument.Parse(body);
        var name = json.RootElement.GetProperty("metadata").GetProperty("name").GetString();
        Objects[$"{path}/{name}"] = body.ToArray();
        return Task.FromResult((ApiResult<ReadOnlyMemory<byte>>)body);
    }

    public Task<ApiResult<ReadOnlyMemory<byte>>> UpdateAsync(ResourcePath path, ReadOnlyMemory<byte> body, WriteOptions options, CancellationToken ct)
    {
        Objects[path.ToString()] = body.ToArray();
        return Task.FromResult((ApiResult<ReadOnlyMemory<byte>>)body);
    }

    public Task<ApiResult<ListPage>> ListAsync(ResourcePath path, ListOptions options, CancellationToken ct) => throw new NotSupportedException();

    public IAsyncEnumerable<WatchItem> WatchAsync(ResourcePath path, WatchOptions options, CancellationToken ct) => throw new NotSupportedException();

    public Task<ApiResult<ReadOnlyMemory<byte>>> PatchAsync(ResourcePath path, PatchKind kind, ReadOnlyMemory<byte> body, WriteOptions options, CancellationToken ct) => throw new NotSupportedException();

    public Task<ApiResult<ReadOnlyMemory<byte>>> DeleteAsync(ResourcePath path, DeleteRequest options, CancellationToken ct) => throw new NotSupportedException();

    public Task<ApiResult<ReadOnlyMemory<byte>>> DeleteCollectionAsync(ResourcePath path, ListOptions selection, DeleteRequest options, CancellationToken ct) => throw new NotSupportedException();
}
