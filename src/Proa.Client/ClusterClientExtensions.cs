using System.Runtime.CompilerServices;
using Proa.Api.Meta;
using Proa.Api.Models;

namespace Proa.Client;

/// <summary>The typed calls: models in, models out.</summary>
public static class ClusterClientExtensions
{
    public static async Task<ApiResult<T>> GetAsync<T>(this IClusterClient client, string? ns, string name, CancellationToken ct)
        where T : class, IResource<T> =>
        (await client.GetAsync(ResourcePath.Of(T.Resource, ns, name), ct)).Select(Model.Read<T>);

    /// <summary>All pages.</summary>
    public static async Task<ApiResult<(IReadOnlyList<T> Items, string ResourceVersion)>> ListAsync<T>(
        this IClusterClient client, string? ns, ListOptions options, CancellationToken ct) where T : class, IResource<T>
    {
        var items = new List<T>();
        var next = options;
        while (true)
        {
            var page = await client.ListAsync(ResourcePath.Of(T.Resource, ns), next, ct);
            if (!page.Ok)
            {
                return page.Error;
            }
            foreach (var item in page.Value.Items)
            {
                items.Add(Model.Read<T>(item));
            }
            if (string.IsNullOrEmpty(page.Value.Continue))
            {
                return (items, page.Value.ResourceVersion);
            }
            next = options with { Continue = page.Value.Continue };
        }
    }

    /// <summary>Creates in the namespace that the object's metadata names.</summary>
    public static async Task<ApiResult<T>> CreateAsync<T>(this IClusterClient client, T obj, CancellationToken ct)
        where T : class, IResource<T> =>
        (await client.CreateAsync(ResourcePath.Of(T.Resource, obj.Metadata.Namespace), Model.ToUtf8(obj), WriteOptions.Default, ct)).Select(Model.Read<T>);

    /// <summary>Replaces; the object's resourceVersion must be current (409 otherwise).</summary>
    public static async Task<ApiResult<T>> UpdateAsync<T>(this IClusterClient client, T obj, CancellationToken ct)
        where T : class, IResource<T> =>
        (await client.UpdateAsync(ResourcePath.Of(T.Resource, obj.Metadata.Namespace, obj.Metadata.Name), Model.ToUtf8(obj), WriteOptions.Default, ct)).Select(Model.Read<T>);

    /// <summary>Replaces the object's status; its resourceVersion must be current.</summary>
    public static async Task<ApiResult<T>> UpdateStatusAsync<T>(this IClusterClient client, T obj, CancellationToken ct)
        where T : class, IResource<T> =>
        (await client.UpdateAsync(ResourcePath.Of(T.Resource, obj.Metadata.Namespace, obj.Metadata.Name, "status"), Model.ToUtf8(obj), WriteOptions.Default, ct)).Select(Model.Read<T>);

    public static async Task<ApiResult<T>> PatchAsync<T>(
        this IClusterClient client, string? ns, string name, PatchKind kind, ReadOnlyMemory<byte> patch, CancellationToken ct, string? subresource = null)
        where T : class, IResource<T> =>
        (await client.PatchAsync(ResourcePath.Of(T.Resource, ns, name, subresource), kind, patch, WriteOptions.Default, ct)).Select(Model.Read<T>);

    /// <summary>Deletes; the answer is the object as it was or stands (with finalizers or grace), or a Status: not read here.</summary>
    public static async Task<ApiResult<bool>> DeleteAsync<T>(
        this IClusterClient client, string? ns, string name, DeleteRequest options, CancellationToken ct) where T : class, IResource<T> =>
        (await client.DeleteAsync(ResourcePath.Of(T.Resource, ns, name), options, ct)).Select(_ => true);

    /// <summary>
    /// Reads, changes and writes until no other writer came between. The change may be called several times and must only
    /// compute; when it returns the object it was given (by reference) or null, nothing is written.
    /// </summary>
    public static async Task<ApiResult<T>> ModifyAsync<T>(
        this IClusterClient client, string? ns, string name, Func<T, T?> change, CancellationToken ct, string? subresource = null)
        where T : class, IResource<T>
    {
        while (true)
        {
            var read = await client.GetAsync<T>(ns, name, ct);
            if (!read.Ok)
            {
                return read;
            }
            var changed = change(read.Value);
            if (changed is null || ReferenceEquals(changed, read.Value))
            {
                return read;
            }
            var body = Model.ToUtf8(changed);
            var written = await client.UpdateAsync(ResourcePath.Of(T.Resource, ns, name, subresource), body, WriteOptions.Default, ct);
            if (!written.IsConflict)
            {
                return written.Select(Model.Read<T>);
            }
        }
    }

    public static async IAsyncEnumerable<(WatchKind Kind, T Object)> WatchAsync<T>(
        this IClusterClient client, string? ns, WatchOptions options, [EnumeratorCancellation] CancellationToken ct)
        where T : class, IResource<T>
    {
        await foreach (var item in client.WatchAsync(ResourcePath.Of(T.Resource, ns), options with { Bookmarks = false }, ct))
        {
            if (item.Kind == WatchKind.Error)
            {
                throw new ApiException(Model.Read<Proa.Api.Models.Meta.Status>(item.Json));
            }
            yield return (item.Kind, Model.Read<T>(item.Json));
        }
    }
}
