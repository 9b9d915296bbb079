using Proa.Api.Meta;
using Proa.Api.Models.Meta;

namespace Proa.Client;

/// <summary>
/// A cluster, as bytes: the one door through which controllers, scheduler, node and network reach the API. There are two:
/// in-process, into the API server's own pipeline, and HTTP with a kubeconfig; a caller cannot tell which. Thread-safe.
/// Expected refusals (not found, conflict, invalid, forbidden) are values; an exception means that the call did not get
/// an answer (<see cref="HttpRequestException"/>, <see cref="OperationCanceledException"/>). The typed calls are
/// extensions in <see cref="ClusterClientExtensions"/>.
/// </summary>
public interface IClusterClient
{
    Task<ApiResult<ReadOnlyMemory<byte>>> GetAsync(ResourcePath path, CancellationToken ct);

    Task<ApiResult<ListPage>> ListAsync(ResourcePath path, ListOptions options, CancellationToken ct);

    /// <summary>
    /// Changes after <see cref="WatchOptions.ResourceVersion"/>, in order, until the server ends the stream (then the
    /// sequence ends), it breaks (an exception) or the token is cancelled. An ERROR event carries a Status; 410 means:
    /// list again.
    /// </summary>
    IAsyncEnumerable<WatchItem> WatchAsync(ResourcePath path, WatchOptions options, CancellationToken ct);

    /// <summary>Creates; also posts to a subresource (binding, eviction, token).</summary>
    Task<ApiResult<ReadOnlyMemory<byte>>> CreateAsync(ResourcePath path, ReadOnlyMemory<byte> body, WriteOptions options, CancellationToken ct);

    Task<ApiResult<ReadOnlyMemory<byte>>> UpdateAsync(ResourcePath path, ReadOnlyMemory<byte> body, WriteOptions options, CancellationToken ct);

    Task<ApiResult<ReadOnlyMemory<byte>>> PatchAsync(ResourcePath path, PatchKind kind, ReadOnlyMemory<byte> body, WriteOptions options, CancellationToken ct);

    Task<ApiResult<ReadOnlyMemory<byte>>> DeleteAsync(ResourcePath path, DeleteRequest options, CancellationToken ct);

    Task<ApiResult<ReadOnlyMemory<byte>>> DeleteCollectionAsync(ResourcePath path, ListOptions selection, DeleteRequest options, CancellationToken ct);

    /// <summary>What a path answers that is no resource's: discovery, schemas, the version.</summary>
    /// <param name="path">Absolute, such as <c>/apis</c>.</param>
    /// <param name="accept">The forms that are wanted, as the header of that name has them.</param>
    Task<ApiResult<ReadOnlyMemory<byte>>> GetDocumentAsync(string path, string accept, CancellationToken ct) =>
        Task.FromResult((ApiResult<ReadOnlyMemory<byte>>)new Status { StatusValue = "Failure", Code = 404, Reason = "NotFound", Message = $"there is nothing at {path}" });
}

public enum PatchKind
{
    Json,
    Merge,
    Strategic,
    Apply,
}

/// <param name="Limit">0: all in one page.</param>
public sealed record ListOptions(
    string? LabelSelector = null, string? FieldSelector = null, string? ResourceVersion = null, long Limit = 0, string? Continue = null)
{
    public static readonly ListOptions All = new();
}

/// <summary>A page of a list: each item a whole object with its <c>apiVersion</c> and <c>kind</c>.</summary>
public sealed record ListPage(IReadOnlyList<ReadOnlyMemory<byte>> Items, string ResourceVersion, string? Continue);

/// <param name="ResourceVersion">Changes after it; null: first an ADDED for each object that exists, then changes.</param>
public sealed record WatchOptions(
    string? ResourceVersion = null, string? LabelSelector = null, string? FieldSelector = null, bool Bookmarks = true);

public enum WatchKind
{
    Added,
    Modified,
    Deleted,
    Bookmark,
    Error,
}

/// <summary>One change; <see cref="Json"/> is the whole object (for ERROR a Status, for BOOKMARK only a resourceVersion).</summary>
public readonly record struct WatchItem(WatchKind Kind, ReadOnlyMemory<byte> Json);

/// <param name="FieldManager">Required for apply; otherwise the client's own name is used.</param>
public sealed record WriteOptions(string? FieldManager = null, bool DryRun = false, bool Force = false)
{
    public static readonly WriteOptions Default = new();
}

/// <param name="Propagation"><c>Background</c>, <c>Foreground</c>, <c>Orphan</c> or null for the kind's default.</param>
public sealed record DeleteRequest(
    long? GraceSeconds = null, string? Propagation = null, string? Uid = null, string? ResourceVersion = null)
{
    public static readonly DeleteRequest Default = new();
}
