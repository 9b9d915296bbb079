namespace Proa.ApiServer.Pipeline;

/// <summary>
/// Answers paths that are not resources: discovery, OpenAPI, health, version. Asked in the order of one list after
/// authentication and authorization; the first that answers wins. Thread-safe.
/// </summary>
public interface IPathEndpoint
{
    /// <returns>Null when the path is not this endpoint's.</returns>
    ValueTask<ApiResponse?> TryHandleAsync(ApiRequest request, CancellationToken ct);
}
