using System.Text.Json;
using Proa.Api.Apply;
using Proa.Api.Json;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Objects;
using Proa.ApiServer.Pipeline;
using Proa.Client;

namespace Proa.ApiServer.Verbs;

/// <summary>Server-side apply: the fields that a manager names become its own; an object that is absent is created.</summary>
internal sealed class ApplyVerb(ObjectWriter writer, Answers answers, TimeProvider clock)
{
    public async ValueTask<ApiResponse> HandleAsync(RequestScope scope, CancellationToken ct)
    {
        var parameters = WriteParameters.Read(scope.Request, "PatchOptions", isApply: true);
        if (!parameters.Ok)
        {
            return ApiResponse.Of(parameters.Error);
        }
        var read = Read(scope);
        if (!read.Ok)
        {
            return ApiResponse.Of(read.Error);
        }
        var (applied, duplicates) = (read.Value, parameters.Value.Validation == FieldValidation.Strict ? YamlBody.DuplicateKeys(scope.Request.Body) : null);
        var write = WriteScope.Of(scope, parameters.Value);
        while (true)
        {
            if (scope.Subresource.Length == 0 && writer.Store.Get(scope.Key) is null)
            {
                if (Metadata.Uid(applied).Length > 0)
                {
                    return ApiResponse.Of(Statuses.Conflict(scope.GroupResource, scope.Name,
                        $"uid mismatch: the provided object specified uid {Metadata.Uid(applied)}, and no existing object was found"));
                }
                var made = Merge(scope, parameters.Value, null, applied, duplicates);
                if (!made.Ok)
                {
                    return ApiResponse.Of(made.Error);
                }
                var created = await writer.CreateAsync(write with { AppliedFields = true }, made.Value, ct);
                if (created.Ok)
                {
                    return answers.Object(scope, created.Value.Json, created.Value.Revision, 201);
                }
                if (created.Error.Reason == "AlreadyExists" && writer.Store.Get(scope.Key) is not null)
                {
                    continue;
                }
                return ApiResponse.Of(created.Error);
            }
            var step = new UpdateStep(live => Merge(scope, parameters.Value, live, applied, duplicates), OwnsFields: true);
            var written = await writer.UpdateAsync(write, scope.Name, step, ct);
            return written.Ok
                ? answers.Object(scope, written.Value.Json, written.Value.Revision)
                : ApiResponse.Of(written.Error);
        }
    }

    /// <summary>The configuration: of the type, without defaults.</summary>
    private static ApiResult<JsonObject> Read(RequestScope scope)
    {
        var body = scope.Request.Body;
        JsonValue parsed;
        try
        {
            parsed = Parse(body);
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            return Statuses.BadRequest($"error decoding YAML: {e.Message}");
        }
        if (parsed is not JsonObject obj)
        {
            return Statuses.BadRequest("error decoding YAML: the configuration is not an object");
        }
        var unknown = new List<string>();
        var decoded = scope.Rules.Check(obj, scope.Type.Info.Gvk, FieldValidation.Warn, null, unknown.Add, defaults: false);
        if (!decoded.Ok)
        {
            return decoded;
        }
        var metadata = Metadata.Of(obj);
        if (unknown.Count > 0)
        {
            var problems = unknown.Select(static text => $".{text.Split('"')[1]}: field not declared in schema").ToList();
            return Statuses.Internal(
                $"failed to create typed patch object ({Metadata.Namespace(obj)}/{Metadata.Name(obj)}; {scope.Type.Info.ApiVersion}, Kind={scope.Type.Kind}): "
                + (problems.Count == 1 ? problems[0] : $"errors:\n{string.Concat(problems.Select(static problem => $"  {problem}\n"))}"));
        }
        if (metadata.ContainsKey("managedFields"))
        {
            return Statuses.BadRequest("metadata.managedFields must be nil");
        }
        if (CreateVerb.NamespaceMismatch(scope, obj) is { } mismatch)
        {
            return mismatch;
        }
        var name = Metadata.Name(obj);
        if (name.Length > 0 && name != scope.Name)
        {
            return Statuses.BadRequest($"the name of the object ({name}) does not match the name on the URL ({scope.Name})");
        }
        return obj;
    }

    /// <summary>It is YAML, most often such that it is JSON, which is read faster.</summary>
    private static JsonValue Parse(ReadOnlyMemory<byte> body)
    {
        if (body.Length > 0 && body.Span[0] == '{')
        {
            try
            {
                return JsonTree.Parse(body.Span);
            }
            catch (JsonException)
            {
                // What YAML allows beyond JSON: a comma after the last member, bare words.
            }
        }
        return YamlBody.Parse(body);
    }

    private ApiResult<JsonObject> Merge(RequestScope scope, WriteParameters parameters, JsonObject? live, JsonObject applied, string? duplicates)
    {
        var configuration = applied.CloneObject();
        var current = live is null ? null : scope.Rules.FromStored(live);
        var owner = new FieldOwner(parameters.FieldManager, scope.Type.Info.ApiVersion, scope.Subresource.Length == 0 ? null : scope.Subresource);
        var result = ServerSideApply.Apply(
            scope.Rules.Schema, current, configuration, owner, scope.Rules.ResetFields(configuration, scope.Subresource), parameters.Force, clock.GetUtcNow());
        if (result.Error is { } error)
        {
            return error.Code switch
            {
                400 => Statuses.BadRequest(error.Message),
                422 => Statuses.Unprocessable(),
                _ => Statuses.Internal(error.Message),
            };
        }
        if (result.Object is not { } merged)
        {
            return Conflict(result);
        }
        if (duplicates is not null)
        {
            return Statuses.BadRequest($"error strict decoding YAML: {duplicates}");
        }
        var metadata = Metadata.Of(merged);
        metadata["name"] = scope.Name;
        // A revision in the configuration is a condition; the live object's own is not.
        metadata["resourceVersion"] = Metadata.Of(applied)["resourceVersion"] ?? (live is null ? null : Metadata.Of(live)["resourceVersion"]);
        scope.Rules.ApplyDefaults(merged);
        return scope.Rules.ToStored(merged);
    }

    private static Status Conflict(ApplyResult result) => Statuses.Failure(409, "Conflict", result.ConflictMessage(), new StatusDetails
    {
        Causes = [.. result.Conflicts.Select(static conflict => Statuses.Cause("FieldManagerConflict", conflict.Path, conflict.Message))],
    });
}
