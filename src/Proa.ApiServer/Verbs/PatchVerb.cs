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
        if (type is "application/apply-patch+yaml" or "application/apply-patch+json")
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
            return ApiResponse.Of(Statuses.BadRequest($"error decoding patch: {e.Message}"));
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
            _ => patch.Clone() is JsonObject changes
                ? StrategicMergePatch.Apply(scope.Rules.Schema.Root, current, changes)
                : new PatchResult(null, new PatchError(400, "a strategic merge patch must be an object")),
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
            return decoded.Ok ? scope.Rules.ToStored(decoded.Value) : Unfit(patched.Object, decoded.Error.Message);
        }
        // What is wrong with the patch itself is told first.
        var all = problems.ToList();
        var warned = scope.Rules.Check(patched.Object, scope.Type.Info.Gvk, FieldValidation.Warn, null, all.Add);
        return Unfit(patched.Object, warned.Ok ? $": strict decoding error: {string.Join(", ", all)}" : warned.Error.Message);
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
