using System.Text;
using System.Text.Json;
using Proa.Api.Json;
using Proa.Api.Models.Meta;
using Proa.Api.Patches;
using Proa.ApiServer.Pipeline;
using Proa.Client;

namespace Proa.ApiServer.Verbs;

/// <summary>Changes an object by one of the four kinds of patches.</summary>
internal sealed class PatchVerb(ObjectWriter writer, Answers answers, ApplyVerb apply)
{
    public async ValueTask<ApiResponse> HandleAsync(RequestScope scope, CancellationToken ct)
    {
        var type = MediaType.Essence(scope.Request.ContentType);
        if (type is "application/apply-patch+yaml")
        {
            return await apply.HandleAsync(scope, ct);
        }
        var strategic = type == "application/strategic-merge-patch+json";
        if (!(strategic || type is "application/json-patch+json" or "application/merge-patch+json")
            || (strategic && scope.Rules.IsCustom))
        {
            return ApiResponse.Of(Statuses.UnsupportedMediaType("415: Unsupported Media Type", Statuses.NoDetails));
        }
        var parameters = WriteParameters.Read(scope.Request, "PatchOptions");
        if (!parameters.Ok)
        {
            return ApiResponse.Of(parameters.Error);
        }
        JsonValue patch;
        var problems = new List<string>();
        try
        {
            patch = JsonTree.Parse(scope.Request.Body.Span, parameters.Value.Validation == FieldValidation.Ignore ? null : path => problems.Add($"duplicate field \"{path}\""));
        }
        catch (JsonException e)
        {
            var wrong = JsonSyntax.ErrorOf(scope.Request.Body.Span, e.Message);
            return ApiResponse.Of(Statuses.BadRequest(strategic ? wrong : $"error decoding patch: {wrong}"));
        }
        if (type == "application/json-patch+json" && parameters.Value.Validation != FieldValidation.Ignore)
        {
            problems = [.. problems.Concat(UnknownFields(patch)).Select(static problem => $"json patch {problem}")];
        }
        var step = new UpdateStep(existing => Patch(scope, type, existing, patch, parameters.Value.Validation, problems));
        var written = await writer.UpdateAsync(WriteScope.Of(scope, parameters.Value), scope.Name, step, ct);
        return written.Ok
            ? answers.Object(scope, written.Value.Json, written.Value.Revision)
            : ApiResponse.Of(written.Error);
    }

    private static ApiResult<JsonObject> Patch(RequestScope scope, string type, JsonObject existing, JsonValue patch, FieldValidation validation, List<string> problems)
    {
        var current = scope.Rules.FromStored(existing);
        // A patch is given away to be merged, and may be needed again.
        var patched = type switch
        {
            "application/json-patch+json" => JsonPatch.Apply(current, patch),
            "application/merge-patch+json" => MergePatch.Apply(current, patch.Clone()),
            _ => Strategic(scope, current, patch.Clone()),
        };
        if (!patched.Ok)
        {
            return patched.Error.Code switch
            {
                400 => Statuses.BadRequest(patched.Error.Message),
                413 => Statuses.TooLarge(patched.Error.Message),
                422 => Statuses.Unprocessable(),
                _ => Statuses.Internal(patched.Error.Message),
            };
        }
        if (problems.Count == 0 || validation != FieldValidation.Strict)
        {
            problems.ForEach(scope.Warn);
            var decoded = scope.Rules.Check(patched.Object, scope.Type.Info.Gvk, validation, null, scope.Warn);
            if (!decoded.Ok)
            {
                return Unfit(patched.Object, decoded.Error.Message);
            }
            if ((CreateVerb.NamespaceMismatch(scope, decoded.Value) ?? UpdateVerb.NameMismatch(scope, decoded.Value)) is { } mismatch)
            {
                return mismatch;
            }
            return scope.Rules.ToStored(decoded.Value);
        }
        // What is wrong with the patch itself is told first.
        var all = problems.ToList();
        var warned = scope.Rules.Check(patched.Object, scope.Type.Info.Gvk, FieldValidation.Warn, null, all.Add);
        return Unfit(patched.Object, warned.Ok ? $": strict decoding error: {string.Join(", ", all)}" : warned.Error.Message);
    }

    /// <summary>What an object is cannot be patched this way: the original keeps its type.</summary>
    private static PatchResult Strategic(RequestScope scope, JsonObject current, JsonValue patch)
    {
        if (patch is JsonNull)
        {
            return current;
        }
        if (patch is not JsonObject changes)
        {
            return new PatchError(400, $"json: cannot unmarshal {PatchError.KindOf(patch)} into Go value of type map[string]interface {{}}");
        }
        changes.Remove("kind");
        changes.Remove("apiVersion");
        return StrategicMergePatch.Apply(scope.Rules.Schema.Root, current, changes);
    }

    /// <summary>Members of operations that no operation has.</summary>
    private static IEnumerable<string> UnknownFields(JsonValue patch) => ((patch as JsonArray)?.Select((operation, at) => (operation, at)) ?? [])
        .SelectMany(static one => (one.operation as JsonObject ?? []).Where(static member => member.Key is not ("op" or "path" or "from" or "value"))
            .Select(member => $"unknown field \"[{one.at}].{member.Key}\""));

    /// <summary>The patch could be applied, but its result is not of the type.</summary>
    private static Status Unfit(JsonObject patched, string? error)
    {
        var marker = error?.IndexOf(": ", StringComparison.Ordinal) ?? -1;
        var detail = marker < 0 ? error : error![(marker + 2)..];
        var value = JsonEncodedText.Encode(Encoding.UTF8.GetString(JsonTree.ToUtf8(patched)), System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
        return Statuses.Invalid("", "", "", (IReadOnlyList<StatusCause>)[Statuses.Cause("FieldValueInvalid", "patch", $"Invalid value: \"{value}\": {detail}")]);
    }
}
