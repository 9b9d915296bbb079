using Microsoft.AspNetCore.Http;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Aggregation;
using Proa.ApiServer.Audit;
using Proa.ApiServer.CustomResources;
using Proa.ApiServer.Metrics;
using Proa.ApiServer.Security;
using Proa.ApiServer.Security.Authorization;
using Proa.Client;
using Proa.Store;

namespace Proa.ApiServer.Pipeline;

/// <summary>
/// The path of a request, in this order: authenticate, authorize, route (to another server, where an APIService says so), handle. A request from within the process enters at
/// authorize, with its identity given. Thread-safe.
/// </summary>
internal sealed class RequestPipeline(
    IAuthenticator? authenticator, IAuthorizer? authorizer, IReadOnlyList<IPathEndpoint> endpoints, ResourceRouter resources,
    AggregatedRequests? aggregated, CustomResourceLoop definitions, IObjectStore store, RequestMetrics metrics, AuditLog? audit, TimeProvider clock)
{
    public async ValueTask<AuthenticationResult> AuthenticateAsync(HttpContext context, RequestInfo info, CancellationToken ct)
    {
        if (authenticator is null)
        {
            return UserInfo.Anonymous;
        }
        var started = clock.GetTimestamp();
        var known = store.Revision;
        var result = await authenticator.AuthenticateAsync(context, info, ct);
        if (result.User is null && await store.ReadBarrierAsync(ct) is null && store.Revision != known)
        {
            // Another server may have made the account, or the token's Secret, a moment ago.
            result = await authenticator.AuthenticateAsync(context, info, ct);
        }
        metrics.Identity.Authenticated(result.User, clock.GetElapsedTime(started));
        if (result.User is not null && context.Connection.ClientCertificate is { } certificate)
        {
            metrics.Identity.CertificateLeft(certificate.NotAfter.ToUniversalTime() - clock.GetUtcNow().UtcDateTime);
        }
        return result;
    }

    public async ValueTask<ApiResponse> HandleAsync(
        UserInfo user, RequestInfo info, AuditEvent? record, Func<UserInfo, ValueTask<ApiResult>> read, CancellationToken ct)
    {
        if (await RefusalAsync(user, info, record, ct) is { } forbidden)
        {
            return ApiResponse.Of(forbidden);
        }
        await KnowTypesAsync(info, ct);
        // The body is read only for those who may send it.
        var request = await read(user);
        if (request.Error is not null)
        {
            return ApiResponse.Of(request.Error);
        }
        record?.Sent(request.Request!);
        return await RouteAsync(request.Request!, ct);
    }

    /// <summary>From a client in this process.</summary>
    public async ValueTask<ApiResponse> HandleAsync(ApiRequest request, CancellationToken ct)
    {
        if (audit?.Begin(request.User, null, request.Info, Guid.NewGuid().ToString(), PathOf(request.Info), [], request.UserAgent) is not { } record)
        {
            if (await RefusalAsync(request.User, request.Info, null, ct) is { } refused)
            {
                return ApiResponse.Of(refused);
            }
            await KnowTypesAsync(request.Info, ct);
            return await RouteAsync(request, ct);
        }
        record.Received();
        request.Audit = record;
        record.Sent(request);
        await KnowTypesAsync(request.Info, ct);
        var answer = await RefusalAsync(request.User, request.Info, record, ct) is { } forbidden ? ApiResponse.Of(forbidden) : await RouteAsync(request, ct);
        if (answer is WatchResponse)
        {
            record.Started(200);
        }
        else
        {
            record.Completed(answer);
        }
        return answer;
    }

    /// <summary>The path that a request from within the process would have had.</summary>
    internal static string PathOf(RequestInfo info)
    {
        if (!info.IsResource)
        {
            return info.Path;
        }
        var isNamespace = info is { Group: "", Resource: "namespaces" };
        return new ResourcePath(
            info.Group, info.Version, info.Resource, info.Namespace.Length == 0 || isNamespace ? null : info.Namespace, info.Name.Length == 0 ? null : info.Name,
            info.Subresource.Length == 0 ? null : info.Subresource).ToString();
    }

    private async ValueTask<Status?> RefusalAsync(UserInfo user, RequestInfo info, AuditEvent? record, CancellationToken ct)
    {
        if (authorizer is null)
        {
            return null;
        }
        var started = clock.GetTimestamp();
        // Only who records asks for the reason: it must be looked for.
        var decision = record is not null && authorizer is ClusterAuthorizer explaining ? await explaining.ReviewAsync(user, info, ct) : await authorizer.AuthorizeAsync(user, info, ct);
        metrics.Identity.Authorized(decision, clock.GetElapsedTime(started));
        if (!decision.Allowed && decision.Error is { Length: > 0 } error)
        {
            record?.Annotate("authorization.k8s.io/reason", "internal error");
            return Statuses.InternalError(error);
        }
        record?.Annotate("authorization.k8s.io/decision", decision.Allowed ? "allow" : "forbid");
        record?.Annotate("authorization.k8s.io/reason", decision.Reason);
        return decision.Allowed ? null : ForbiddenStatus.Of(user, info, decision.Reason);
    }

    /// <summary>Whether another server answers: then the body is sent on as it comes, and not read here.</summary>
    public bool IsAggregated(RequestInfo info) => aggregated?.Find(info) is not null;

    /// <summary>Before it is said that there is no such type, or which there are: those count that any server was told of until now.</summary>
    private ValueTask KnowTypesAsync(RequestInfo info, CancellationToken ct)
    {
        var matters = info.IsResource
            ? !resources.Knows(info) && aggregated?.Find(info) is null
            : info.Path.StartsWith("/api", StringComparison.Ordinal) || info.Path.StartsWith("/openapi", StringComparison.Ordinal);
        return matters ? CatchUpAsync(ct) : ValueTask.CompletedTask;
    }

    private async ValueTask CatchUpAsync(CancellationToken ct)
    {
        if (await store.ReadBarrierAsync(ct) is null)
        {
            await definitions.CatchUpAsync(ct);
            aggregated?.CatchUp();
        }
    }

    private async ValueTask<ApiResponse> RouteAsync(ApiRequest request, CancellationToken ct)
    {
        if (aggregated?.Find(request.Info) is { } service)
        {
            return await aggregated.HandleAsync(request, service, ct);
        }
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
