using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Verbs;

namespace Proa.ApiServer.Subresources;

/// <summary>
/// Which handler answers which subresource. Those of one kind alone are looked up by <c>resource/subresource</c>, the others by
/// the subresource's name. Thread-safe.
/// </summary>
internal sealed class SubresourceSet(IReadOnlyDictionary<string, ISubresource> handlers)
{
    /// <returns>Null when the type has no such subresource, or nothing answers it.</returns>
    public async ValueTask<ApiResponse?> HandleAsync(RequestScope scope, CancellationToken ct)
    {
        var head = scope.Subresource;
        if (head != "proxy" && scope.Request.Info.SubresourcePath.Length > 0)
        {
            return null;
        }
        foreach (var subresource in scope.Type.Subresources)
        {
            if (subresource.Name != head)
            {
                continue;
            }
            // What asks a proxied server for its options has no verb of this one's.
            if (!subresource.Verbs.Contains(scope.Request.Info.Verb) && !(head == "proxy" && scope.Request.Method == "OPTIONS"))
            {
                return ApiResponse.Of(Statuses.MethodNotAllowed());
            }
            return handlers.TryGetValue($"{scope.GroupResource}/{head}", out var handler) || handlers.TryGetValue(head, out handler)
                ? await handler.HandleAsync(scope, ct)
                : null;
        }
        return null;
    }
}
