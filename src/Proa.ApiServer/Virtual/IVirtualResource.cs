using Proa.ApiServer.Pipeline;

namespace Proa.ApiServer.Virtual;

/// <summary>
/// A resource that is answered, not stored: access and token reviews, component statuses. It has passed authentication and
/// authorization. Thread-safe.
/// </summary>
public interface IVirtualResource
{
    string Group { get; }

    string Plural { get; }

    /// <param name="body">Of a create: the object, its kind and apiVersion checked; otherwise null.</param>
    ValueTask<ApiResponse> HandleAsync(ApiRequest request, Proa.Api.Json.JsonObject? body, CancellationToken ct);
}
