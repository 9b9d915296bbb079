using Proa.Api.Json;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Objects;
using Proa.ApiServer.Pipeline;
using Proa.Client;

namespace Proa.ApiServer.Verbs;

/// <summary>Replaces an object, or with a subresource its part.</summary>
internal sealed class UpdateVerb(ObjectWriter writer, Answers answers)
{
    /// <summary>The object must be the one that the URL names; null: it is.</summary>
    public static Status? NameMismatch(RequestScope scope, JsonObject obj)
    {
        var name = Metadata.Name(obj);
        return name == scope.Name ? null : Statuses.BadRequest(name.Length == 0
            ? $"the name of the object ({scope.Name} based on URL) was undeterminable: name must be provided"
            : $"the name of the object ({name}) does not match the name on the URL ({scope.Name})");
    }

    public async ValueTask<ApiResponse> HandleAsync(RequestScope scope, CancellationToken ct)
    {
        var parameters = WriteParameters.Read(scope.Request, "UpdateOptions");
        if (!parameters.Ok)
        {
            return ApiResponse.Of(parameters.Error);
        }
        var decoded = RequestBody.Decode(scope, parameters.Value.Validation);
        if (!decoded.Ok)
        {
            return ApiResponse.Of(decoded.Error);
        }
        var obj = decoded.Value;
        if (CreateVerb.NamespaceMismatch(scope, obj) is { } mismatch)
        {
            return ApiResponse.Of(mismatch);
        }
        if (NameMismatch(scope, obj) is { } other)
        {
            return ApiResponse.Of(other);
        }
        var write = WriteScope.Of(scope, parameters.Value);
        if (scope.Subresource.Length == 0 && scope.Rules.CreatesOnUpdate && writer.Store.Get(scope.Key) is null)
        {
            if (ObjectWriter.UidMismatch(write, obj, [], scope.Name) is { } another)
            {
                return ApiResponse.Of(another);
            }
            Metadata.Of(obj).Remove("resourceVersion");
            var created = await writer.CreateAsync(write, obj, ct);
            return created.Ok ? answers.Object(scope, created.Value.Json, created.Value.Revision, 201) : ApiResponse.Of(created.Error);
        }
        var written = await writer.UpdateAsync(write, scope.Name, new UpdateStep(_ => (ApiResult<JsonObject>)obj.CloneObject(), obj), ct);
        return written.Ok
            ? answers.Object(scope, written.Value.Json, written.Value.Revision)
            : ApiResponse.Of(written.Error);
    }
}
