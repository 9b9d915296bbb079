namespace Proa.Client.Tests.LeaderElection;

/// <summary>A client whose way to the API a test can cut: requests then fail, or never end.</summary>
internal sealed class BreakableClient(IClusterClient inner) : IClusterClient
{
    private volatile Func<Task>? _broken;

    public void Fail() => _broken = static () => throw new HttpRequestException("refused");

    /// <summary>Not even cancelling ends a request.</summary>
    public void Hang() => _broken = static () => new TaskCompletionSource().Task;

    public void Mend() => _broken = null;

    public Task<ApiResult<ReadOnlyMemory<byte>>> GetAsync(ResourcePath path, CancellationToken ct) => Through(() => inner.GetAsync(path, ct));

    public Task<ApiResult<ListPage>> ListAsync(ResourcePath path, ListOptions options, CancellationToken ct) => Through(() => inner.ListAsync(path, options, ct));

    public IAsyncEnumerable<WatchItem> WatchAsync(ResourcePath path, WatchOptions options, CancellationToken ct) => inner.WatchAsync(path, options, ct);

    public Task<ApiResult<ReadOnlyMemory<byte>>> CreateAsync(ResourcePath path, ReadOnlyMemory<byte> body, WriteOptions options, CancellationToken ct) =>
        Through(() => inner.CreateAsync(path, body, options, ct));

    public Task<ApiResult<ReadOnlyMemory<byte>>> UpdateAsync(ResourcePath path, ReadOnlyMemory<byte> body, WriteOptions options, CancellationToken ct) =>
        Through(() => inner.UpdateAsync(path, body, options, ct));

    public Task<ApiResult<ReadOnlyMemory<byte>>> PatchAsync(ResourcePath path, PatchKind kind, ReadOnlyMemory<byte> body, WriteOptions options, CancellationToken ct) =>
        Through(() => inner.PatchAsync(path, kind, body, options, ct));

    public Task<ApiResult<ReadOnlyMemory<byte>>> DeleteAsync(ResourcePath path, DeleteRequest options, CancellationToken ct) =>
        Through(() => inner.DeleteAsync(path, options, ct));

    public Task<ApiResult<ReadOnlyMemory<byte>>> DeleteCollectionAsync(ResourcePath path, ListOptions selection, DeleteRequest options, CancellationToken ct) =>
        Through(() => inner.DeleteCollectionAsync(path, selection, options, ct));

    private async Task<T> Through<T>(Func<Task<T>> call)
    {
        if (_broken is { } broken)
        {
            await broken();
        }
        return await call();
    }
}
