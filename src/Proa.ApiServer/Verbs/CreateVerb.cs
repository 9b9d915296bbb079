using System.Globalization;
using Proa.Api.Json;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Objects;
using Proa.ApiServer.Pipeline;

namespace Proa.ApiServer.Verbs;

/// <summary>Creates an object.</summary>
internal sealed class CreateVerb(ObjectWriter writer, Answers answers)
{
    public async ValueTask<ApiResponse> HandleAsync(RequestScope scope, CancellationToken ct)
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
        var obj = decoded.Value;
        if (NamespaceMismatch(scope, obj) is { } mismatch)
        {
            return ApiResponse.Of(mismatch);
        }
        var write = WriteScope.Of(scope, parameters.Value) with { Refusal = HasRevision(obj) };
        var written = await writer.CreateAsync(write, obj, ct);
        return written.Ok
            ? answers.Object(scope, written.Value.Json, written.Value.Revision, 201)
            : ApiResponse.Of(written.Error);
    }

    // One that is no number is as good as none, as for the original.
    private static Status? HasRevision(JsonObject obj) =>
        ulong.TryParse(Metadata.Of(obj).String("resourceVersion"), NumberStyles.None, CultureInfo.InvariantCulture, out var revision) && revision != 0
            ? Statuses.Internal("resourceVersion should not be set on objects to be created")
            : null;

    /// <summary>An object goes to the namespace of the URL; one that names another is refused. What has no namespace loses it.</summary>
    public static Status? NamespaceMismatch(RequestScope scope, JsonObject obj)
    {
        var named = Metadata.Namespace(obj);
        return named.Length > 0 && scope.Namespace.Length > 0 && named != scope.Namespace
            ? Statuses.BadRequest("the namespace of the provided object does not match the namespace sent on the request")
            : null;
    }
}
