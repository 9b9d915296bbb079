using Microsoft.AspNetCore.Http;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Security;

namespace Proa.ApiServer.Pipeline;

/// <summary>
/// The path of a request, in this order: authenticate, authorize, route, handle. A request from within the process enters at
/// authorize, with its identity given. Thread-safe.
/// </summary>
internal sealed class RequestPipeline(
    IAuthenticator? authenticator, IAuthorizer? authorizer, IReadOnlyList<IPathEndpoint> endpoints, ResourceRouter resources)
{
    public async ValueTask<ApiResponse> HandleAsync(HttpContext context, RequestInfo info, Func<UserInfo, ValueTask<ApiResult>> read, CancellationToken ct)
    {
        var user = UserInfo.Anonymous;
        if (authenticator is not null)
        {
            var (found, refused) = await authenticator.AuthenticateAsync(context, info, ct);
            if (refused is not null)
            {
                return ApiResponse.Of(refused);
            }
            user = found ?? UserInfo.Anonymous;
        }
        if (await RefusalAsync(user, info, ct) is { } forbidden)
        {
            return ApiResponse.Of(forbidden);
        }
        // The body is read only for those who may send it.
        var request = await read(user);
        return request.Error is not null ? ApiResponse.Of(request.Error) : await RouteAsync(request.Request!, ct);
    }

    /// <summary>From a client in this process.</summary>
    public async ValueTask<ApiResponse> HandleAsync(ApiRequest request, CancellationToken ct) =>
        await RefusalAsync(request.User, request.Info, ct) is { } forbidden
            ? ApiResponse.Of(forbidden)
            : await RouteAsync(request, ct);

    private async ValueTask<Status?> RefusalAsync(UserInfo user, RequestInfo info, CancellationToken ct)
    {
        if (authorizer is null)
        {
            return null;
        }
        var decision = await authorizer.AuthorizeAsync(user, info, ct);
        return decision.Allowed ? null : ForbiddenStatus.Of(user, info, decision.Reason);
    }

    private async ValueTask<ApiResponse> RouteAsync(ApiRequest request, CancellationToken ct)
    {
        if (request.Info.IsResource)
        {
            return await resources.HandleAsync(request, ct);
        }
        foreach (var endpoint in endpoints)
        {
            if (await endpoint.TryHandleAsync(request, ct) is { } answer)
            {
                return answer;
            }
        }
        return ApiResponse.Text(404, "404 page not found\n");
    }

    /// <summary>A request, or what refuses it before it is one.</summary>
    internal readonly record struct ApiResult(ApiRequest? Request, Status? Error);
}
