using System.Globalization;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Proa.Api.Meta;
using Proa.Api.Models;
using Proa.Api.Models.Authentication;
using Proa.Api.Models.Meta;
using Proa.Client;

namespace Proa.Node.Tests;

/// <summary>A cluster that keeps objects in memory and tells changes: enough for what a node reads.</summary>
internal sealed class MemoryCluster(TimeProvider time) : IClusterClient
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, ReadOnlyMemory<byte>> _objects = new(StringComparer.Ordinal);
    private readonly List<Watcher> _watchers = [];
    private int _revision;
    private int _tokens;

    /// <summary>How often a single object was read.</summary>
    public int Gets { get; private set; }

    public int TokensIssued => _tokens;

    public TimeSpan TokenLife { get; set; } = TimeSpan.FromHours(1);

    public TokenRequest? LastTokenRequest { get; private set; }

    public void Put<T>(T obj) where T : class, IResource<T>
    {
        lock (_gate)
        {
            var path = ResourcePath.Of(T.Resource, obj.Metadata.Namespace, obj.Metadata.Name);
            var stamped = obj.WithMetadata(obj.Metadata with { ResourceVersion = (++_revision).ToString(CultureInfo.InvariantCulture) });
            var kind = _objects.ContainsKey(path.ToString()) ? WatchKind.Modified : WatchKind.Added;
            var json = (ReadOnlyMemory<byte>)Model.ToUtf8(stamped);
            _objects[path.ToString()] = json;
            Tell(path, kind, json);
        }
    }

    public void Remove<T>(string ns, string name) where T : class, IResource<T>
    {
        lock (_gate)
        {
            var path = ResourcePath.Of(T.Resource, ns, name);
            if (_objects.Remove(path.ToString(), out var json))
            {
                _revision++;
                Tell(path, WatchKind.Deleted, json);
            }
        }
    }

    public Task<ApiResult<ReadOnlyMemory<byte>>> GetAsync(ResourcePath path, CancellationToken ct)
    {
        lock (_gate)
        {
            Gets++;
            return Task.FromResult<ApiResult<ReadOnlyMemory<byte>>>(_objects.TryGetValue(path.ToString(), out var json) ? json : NotFound(path));
        }
    }

    public Task<ApiResult<ListPage>> ListAsync(ResourcePath path, ListOptions options, CancellationToken ct)
    {
        lock (_gate)
        {
            var items = _objects.Where(pair => IsIn(path, pair.Key)).Select(pair => pair.Value).ToList();
            return Task.FromResult<ApiResult<ListPage>>(new ListPage(items, _revision.ToString(CultureInfo.InvariantCulture), null));
        }
    }

    public async IAsyncEnumerable<WatchItem> WatchAsync(ResourcePath path, WatchOptions options, [EnumeratorCancellation] CancellationToken ct)
    {
        var name = options.FieldSelector is { } selector ? selector["metadata.name=".Length..] : null;
        var watcher = new Watcher(path, name, Channel.CreateUnbounded<WatchItem>());
        lock (_gate)
        {
            if (options.ResourceVersion is null)
            {
                foreach (var (key, json) in _objects)
                {
                    if (IsIn(path, key) && (name is null || key.EndsWith($"/{name}", StringComparison.Ordinal)))
                    {
                        watcher.Items.Writer.TryWrite(new(WatchKind.Added, json));
                    }
                }
            }
            _watchers.Add(watcher);
        }
        try
        {
            await foreach (var item in watcher.Items.Reader.ReadAllAsync(ct))
            {
                yield return item;
            }
        }
        finally
        {
            lock (_gate)
            {
                _watchers.Remove(watcher);
            }
        }
    }

    public Task<ApiResult<ReadOnlyMemory<byte>>> CreateAsync(ResourcePath path, ReadOnlyMemory<byte> body, WriteOptions options, CancellationToken ct)
    {
        if (path.Subresource != "token")
        {
            throw new NotSupportedException(path.ToString());
        }
        var request = Model.Read<TokenRequest>(body);
        LastTokenRequest = request;
        var number = Interlocked.Increment(ref _tokens);
        var answer = request with
        {
            Status = new() { Token = $"token-{number}-of-{path.Name}", ExpirationTimestamp = time.GetUtcNow() + TokenLife },
        };
        return Task.FromResult<ApiResult<ReadOnlyMemory<byte>>>((ReadOnlyMemory<byte>)Model.ToUtf8(answer));
    }

    public Task<ApiResult<ReadOnlyMemory<byte>>> UpdateAsync(ResourcePath path, ReadOnlyMemory<byte> body, WriteOptions options, CancellationToken ct) =>
        throw new NotSupportedException();

    public Task<ApiResult<ReadOnlyMemory<byte>>> PatchAsync(ResourcePath path, PatchKind kind, ReadOnlyMemory<byte> body, WriteOptions options, CancellationToken ct) =>
        throw new NotSupportedException();

    public Task<ApiResult<ReadOnlyMemory<byte>>> DeleteAsync(ResourcePath path, DeleteRequest options, CancellationToken ct) =>
        throw new NotSupportedException();

    public Task<ApiResult<ReadOnlyMemory<byte>>> DeleteCollectionAsync(ResourcePath path, ListOptions selection, DeleteRequest options, CancellationToken ct) =>
        throw new NotSupportedException();

    private static bool IsIn(ResourcePath path, string key)
    {
        var collection = path.Namespace is null
            ? $"/{path.Resource}/"
            : $"{path}/";
        return key.Contains(collection, StringComparison.Ordinal);
    }

    private static Status NotFound(ResourcePath path) => new()
    {
        StatusValue = "Failure",
        Code = 404,
        Reason = "NotFound",
        Message = $"{path.Resource} \"{path.Name}\" not found",
    };

    private void Tell(ResourcePath path, WatchKind kind, ReadOnlyMemory<byte> json)
    {
        foreach (var watcher in _watchers)
        {
            if (IsIn(watcher.Path, path.ToString()) && (watcher.Name is null || watcher.Name == path.Name))
            {
                watcher.Items.Writer.TryWrite(new(kind, json));
            }
        }
    }

    private sealed record Watcher(ResourcePath Path, string? Name, Channel<WatchItem> Items);
}
