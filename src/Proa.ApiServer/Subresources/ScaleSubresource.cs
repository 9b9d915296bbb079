using System.Text.Json;
using Proa.Api.Json;
using Proa.Api.Meta;
using Proa.Api.Patches;
using Proa.Api.Schema;
using Proa.ApiServer.Objects;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Verbs;
using Proa.Client;
using Proa.Store;

namespace Proa.ApiServer.Subresources;

/// <summary><c>…/scale</c>: reads and sets the number of replicas without knowing the kind.</summary>
internal sealed class ScaleSubresource(ObjectWriter writer, IObjectStore store) : ISubresource
{
    private static readonly GroupVersionKind s_scale = new("autoscaling", "v1", "Scale");

    public async ValueTask<ApiResponse> HandleAsync(RequestScope scope, CancellationToken ct)
    {
        if (scope.Request.Info.Verb == "get")
        {
            return store.Get(scope.Key) is { } found
                ? Show(scope, found.Json)
                : ApiResponse.Of(Statuses.NotFound(scope.GroupResource, scope.Name));
        }
        var parameters = WriteParameters.Read(scope.Request, scope.Request.Info.Verb == "patch" ? "PatchOptions" : "UpdateOptions");
        if (!parameters.Ok)
        {
            return ApiResponse.Of(parameters.Error);
        }
        var change = scope.Request.Info.Verb == "patch" ? Patch(scope) : Replace(scope, parameters.Value);
        if (!change.Ok)
        {
            return ApiResponse.Of(change.Error);
        }
        var step = new UpdateStep(obj =>
        {
            var scale = change.Value(ScaleView.Of(scope.Type, obj));
            if (!scale.Ok)
            {
                return scale.Error;
            }
            var replicas = scale.Value.Object("spec")?.Int("replicas") ?? 0;
            if (replicas < 0)
            {
                return Statuses.Invalid("autoscaling", "Scale", scope.Name, new[]
                {
                    FieldError.Invalid("spec.replicas", replicas, "must be greater than or equal to 0"),
                });
            }
            if (Metadata.Uid(scale.Value) is { Length: > 0 } uid && uid != Metadata.Uid(obj))
            {
                return Statuses.Conflict(
                    scope.Type.Group.Length == 0 ? $"{scope.Type.Plural}/scale" : $"{scope.Type.Plural}/scale.{scope.Type.Group}",
                    scope.Name, $"Precondition failed: UID in precondition: {uid}, UID in object meta: {Metadata.Uid(obj)}");
            }
            ScaleView.SetReplicas(scope.Type, obj, replicas);
            Metadata.Of(obj)["resourceVersion"] = Metadata.Of(scale.Value)["resourceVersion"];
            return obj;
        });
        var written = await writer.UpdateAsync(WriteScope.Of(scope, parameters.Value), scope.Name, step, ct);
        return written.Ok ? Show(scope, written.Value.Json) : ApiResponse.Of(written.Error);
    }

    private static ApiResponse Show(RequestScope scope, ReadOnlyMemory<byte> json) =>
        Answers.Bytes(scope, JsonTree.ToUtf8(ScaleView.Of(scope.Type, JsonTree.ParseObject(json.Span))));

    private static ApiResult<Func<JsonObject, ApiResult<JsonObject>>> Replace(RequestScope scope, WriteParameters parameters)
    {
        var decoded = RequestBody.Decode(scope, parameters.Validation);
        return decoded.Ok ? (Func<JsonObject, ApiResult<JsonObject>>)(_ => decoded.Value) : decoded.Error;
    }

    private static ApiResult<Func<JsonObject, ApiResult<JsonObject>>> Patch(RequestScope scope)
    {
        JsonValue patch;
        try
        {
            patch = JsonTree.Parse(scope.Request.Body.Span);
        }
        catch (JsonException e)
        {
            return Statuses.BadRequest($"error decoding patch: {e.Message}");
        }
        var type = MediaType.Essence(scope.Request.ContentType);
        if (type is not ("application/json-patch+json" or "application/merge-patch+json" or "application/strategic-merge-patch+json"))
        {
            return Statuses.UnsupportedMediaType("415: Unsupported Media Type", Statuses.NoDetails);
        }
        return (Func<JsonObject, ApiResult<JsonObject>>)(scale =>
        {
            var patched = type == "application/json-patch+json"
                ? JsonPatch.Apply(scale, patch)
                : MergePatch.Apply(scale, patch.Clone());
            if (!patched.Ok)
            {
                return patched.Error.Code == 422 ? Statuses.Unprocessable() : Statuses.BadRequest(patched.Error.Message);
            }
            var checkedScale = SchemaEngine.Normalize(SchemaRegistry.BuiltIn.Find(s_scale)!, patched.Object, NormalizeOptions.Quiet);
            return checkedScale.Error is { } error
                ? Statuses.BadRequest($"Scale in version \"v1\" cannot be handled as a Scale: {error}")
                : patched.Object;
        });
    }
}
