using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Proa.Api.Models;
using Proa.Api.Models.Meta;
using Proa.Client;

namespace Proa.Testing;

/// <summary>A client whose answers a test gives by hand: for what a healthy API server never does.</summary>
internal sealed class ScriptedClient : IClusterClient
{
    private readonly Channel<Func<ListOptions, ApiResult<ListPage>>> _lists = Channel.CreateUnbounded<Func<ListOptions, ApiResult<ListPage>>>();
    private readonly Channel<ScriptedWatch> _watches = Channel.CreateUnbounded<ScriptedWatch>();

    /// <summary>Answers a write; by default with what was sent.</summary>
    public Func<string, ResourcePath, ReadOnlyMemory<byte>, ApiResult<ReadOnlyMemory<byte>>> OnWrite { get; set; } = static (_, _, body) => body;

    public static ReadOnlyMemory<byte> ConfigMap(string name, string revision, string uid = "u", string ns = "default", string? label = null) =>
        Model.ToUtf8(new Proa.Api.Models.Core.ConfigMap
        {
            Metadata = new()
            {
                Name = name,
                Namespace = ns,
                ResourceVersion = revision,
                Uid = uid,
                Labels = label is null ? ModelMap<string>.Empty : new Dictionary<string, string> { ["app"] = label },
            },
        });

    public void AnswerList(string revision, params ReadOnlyMemory<byte>[] items) =>
        _lists.Writer.TryWrite(_ => new ListPage(items, revision, null));

    public void AnswerList(Func<ListOptions, ApiResult<ListPage>> answer) => _lists.Writer.TryWrite(answer);

    /// <summary>The next watch that was opened.</summary>
    public ValueTask<ScriptedWatch> WatchOpenedAsync(CancellationToken ct) => _watches.Reader.ReadAsync(ct);

    public async Task<ApiResult<ListPage>> ListAsync(ResourcePath path, ListOptions options, CancellationToken ct) =>
        (await _lists.Reader.ReadAsync(ct))(options);

    public async IAsyncEnumerable<WatchItem> WatchAsync(ResourcePath path, WatchOptions options, [EnumeratorCancellation] CancellationToken ct)
    {
        var watch = new ScriptedWatch(options);
        _watches.Writer.TryWrite(watch);
        await foreach (var item in watch.Items.Reader.ReadAllAsync(ct))
        {
            yield return item;
        }
    }

    public Task<ApiResult<ReadOnlyMemory<byte>>> GetAsync(ResourcePath path, CancellationToken ct) =>
        Task.FromResult<ApiResult<ReadOnlyMemory<byte>>>(new Status { Code = 404, Reason = "NotFound" });

    public Task<ApiResult<ReadOnlyMemory<byte>>> CreateAsync(ResourcePath path, ReadOnlyMemory<byte> body, WriteOptions options, CancellationToken ct) =>
        Task.FromResult(OnWrite("create", path, body));

    public Task<ApiResult<ReadOnlyMemory<byte>>> UpdateAsync(ResourcePath path, ReadOnlyMemory<byte> body, WriteOptions options, CancellationToken ct) =>
        Task.FromResult(OnWrite("update", path, body));

    public Task<ApiResult<ReadOnlyMemory<byte>>> PatchAsync(
        ResourcePath path, PatchKind kind, ReadOnlyMemory<byte> body, WriteOptions options, CancellationToken ct) =>
        Task.FromResult(OnWrite("patch", path, body));

    public Task<ApiResult<ReadOnlyMemory<byte>>> DeleteAsync(ResourcePath path, DeleteRequest options, CancellationToken ct) =>
        Task.FromResult(OnWrite("delete", path, "{}"u8.ToArray()));

    public Task<ApiResult<ReadOnlyMemory<byte>>> DeleteCollectionAsync(
        ResourcePath path, ListOptions selection, DeleteRequest options, CancellationToken ct) =>
        Task.FromResult(OnWrite("deletecollection", path, "{}"u8.ToArray()));
}

internal sealed class ScriptedWatch(WatchOptions options)
{
    public WatchOptions Options { get; } = options;

    public Channel<WatchItem> Items { get; } = Channel.CreateUnbounded<WatchItem>();

    public void Send(WatchKind kind, ReadOnlyMemory<byte> json) => Items.Writer.TryWrite(new(kind, json));

    public void End(Exception? error = null) => Items.Writer.Complete(error);
}
