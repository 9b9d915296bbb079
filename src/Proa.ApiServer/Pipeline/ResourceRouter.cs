using Proa.Api.Json;
using Proa.ApiServer.Admission;
using Proa.ApiServer.CustomResources;
using Proa.ApiServer.Subresources;
using Proa.ApiServer.Types;
using Proa.ApiServer.Verbs;
using Proa.ApiServer.Virtual;
using Proa.Store;

namespace Proa.ApiServer.Pipeline;

/// <summary>Finds what answers a request for a resource: a virtual resource, a subresource's handler, or a verb. Thread-safe.</summary>
internal sealed class ResourceRouter(
    TypeCatalog types, VerbSet verbs, SubresourceSet subresources, IReadOnlyList<IVirtualResource> virtualResources,
    ISubresource bindings, SubresourceAdmission admission, IObjectStore store)
{
    public async ValueTask<ApiResponse> HandleAsync(ApiRequest request, CancellationToken ct)
    {
        try
        {
            return await RouteAsync(request, ct);
        }
        catch (ConversionFailedException e)
        {
            return ApiResponse.Of(Statuses.Internal(e.Message));
        }
    }

    public bool Knows(RequestInfo info) => types.FindRules(info.Group, info.Version, info.Resource) is not null;

    private async ValueTask<ApiResponse> RouteAsync(ApiRequest request, CancellationToken ct)
    {
        var info = request.Info;
        if (types.FindRules(info.Group, info.Version, info.Resource) is not { } rules)
        {
            return types.HasVersion(info.Group, info.Version)
                ? ApiResponse.Of(Statuses.NoSuchResource())
                : ApiResponse.Text(404, "404 page not found\n");
        }
        var type = rules.Type;
        var named = info.Name.Length > 0 && !info.NameFromSelector;
        if (!type.Namespaced && info.Namespace.Length > 0 && type.Collection != "namespaces")
        {
            return rules.IsCustom ? ApiResponse.Text(404, "404 page not found\n") : ApiResponse.Of(Statuses.NoSuchResource());
        }
        if (type.Namespaced && info.Namespace.Length == 0 && info.Verb is not ("list" or "watch"))
        {
            return ApiResponse.Of(named ? Statuses.NoSuchResource() : Statuses.MethodNotAllowed());
        }
        var virtualResource = Virtual(info);
        var forms = virtualResource is null ? AnswerForms.All : AnswerForms.NoTable;
        if (MediaType.Negotiate(request.Accept, protobuf: !rules.IsCustom && !request.InProcess, forms) is not { } format)
        {
            return Encoded(request, type, AnswerFormat.Json, ApiResponse.Of(rules.IsCustom || MediaType.IsKnown(request.Accept)
                ? Statuses.NotAcceptableForm(info.Verb == "watch" ? MediaType.AcceptedStreams : MediaType.AcceptedObjects)
                : Statuses.NotAcceptable(MediaType.Accepted)));
        }
        // YAML has no way to part a stream's events.
        var scope = new RequestScope(request, rules, format);
        var answer = info.Verb == "watch" && format.Encoding == AnswerEncoding.Yaml
            ? ApiResponse.Of(Statuses.NotAcceptableForm(MediaType.AcceptedStreams))
            : await DispatchAsync(scope, virtualResource, named, ct);
        if (answer.Warnings.Count == 0 && scope.Warnings.Count > 0)
        {
            // What was told before an error is told with it.
            answer.Warnings = scope.Warnings;
        }
        return Encoded(request, type, format, answer);
    }

    private IVirtualResource? Virtual(RequestInfo info)
    {
        foreach (var resource in virtualResources)
        {
            if (resource.Group == info.Group && resource.Plural == info.Resource && info.Subresource.Length == 0)
            {
                return resource;
            }
        }
        return null;
    }

    /// <summary>An error has no other forms than its own, so it may be given in another encoding than the object would have been.</summary>
    private static ApiResponse Encoded(ApiRequest request, ServedType type, in AnswerFormat format, ApiResponse answer) => AnswerEncodings.Of(
        answer,
        answer is BytesResponse { Status: not null } ? (MediaType.Negotiate(request.Accept, protobuf: !request.InProcess, AnswerForms.Object) ?? AnswerFormat.Json).Encoding : format.Encoding,
        type);

    private async ValueTask<ApiResponse> DispatchAsync(RequestScope scope, IVirtualResource? virtualResource, bool named, CancellationToken ct)
    {
        var (rules, info, type) = (scope.Rules, scope.Request.Info, scope.Type);
        if (rules.Deprecation is { } deprecation)
        {
            scope.Warn(deprecation);
        }
        if (ReadFreshness.IsNeeded(info.Verb, scope.Request.Query, store) && await store.ReadBarrierAsync(ct) is { } unreachable)
        {
            return ApiResponse.Of(Statuses.Unavailable(unreachable));
        }
        if (virtualResource is not null)
        {
            return await HandleVirtualAsync(virtualResource, scope, ct);
        }
        if (info.Subresource.Length > 0)
        {
            return await subresources.HandleAsync(scope, ct) ?? ApiResponse.Of(Statuses.NoSuchResource());
        }
        if (!Allows(type, info.Verb) || (info.Verb == "create" && named) || (info.Verb is "update" or "patch" && !named))
        {
            return ApiResponse.Of(Statuses.MethodNotAllowed());
        }
        // Of a binding nothing is kept but what it does to its pod.
        return await (type.Collection == "bindings" ? bindings.HandleAsync(scope, ct) : verbs.HandleAsync(scope, ct));
    }

    private async ValueTask<ApiResponse> HandleVirtualAsync(IVirtualResource resource, RequestScope scope, CancellationToken ct)
    {
        JsonObject? body = null;
        if (scope.Request.Info.Verb == "create")
        {
            var parameters = WriteParameters.Read(scope.Request, "CreateOptions");
            if (!parameters.Ok)
            {
                return ApiResponse.Of(parameters.Error);
            }
            var decoded = RequestBody.Decode(scope, parameters.Value.Validation);
            if (!decoded.Ok)
            {
                return ApiResponse.Of(decoded.Error);
            }
            (var refusal, body) = await admission.AdmitAsync(scope, AdmissionOperation.Create, decoded.Value, parameters.Value, ct);
            if (refusal is not null)
            {
                return ApiResponse.Of(refusal);
            }
        }
        else if (!Allows(scope.Type, scope.Request.Info.Verb))
        {
            return ApiResponse.Of(Statuses.MethodNotAllowed());
        }
        return await resource.HandleAsync(scope.Request, body, ct);
    }

    private static bool Allows(ServedType type, string verb)
    {
        foreach (var allowed in type.Verbs)
        {
            if (allowed == verb)
            {
                return true;
            }
        }
        return false;
    }
}
