using System.Globalization;
using Proa.Api.Json;
using Proa.Api.Meta;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Admission;
using Proa.ApiServer.Metrics;
using Proa.ApiServer.Objects;
using Proa.ApiServer.Pipeline;
using Proa.Client;
using Proa.Store;

namespace Proa.ApiServer.Verbs;

/// <summary>
/// The path of a write: mutating admission, the kind's own preparation, field ownership, checks, validating admission,
/// commit. Objects given to it are decoded, defaulted and in the stored version. Thread-safe.
/// </summary>
internal sealed class ObjectWriter(IObjectStore store, AdmissionChain admission, StorageMetrics metrics, TimeProvider clock, Random random)
{
    private const int GenerateAttempts = 8;

    public IObjectStore Store { get; } = store;

    private async ValueTask<WriteResult> CommitAsync(WriteScope scope, WriteRequest request, CancellationToken ct)
    {
        var started = clock.GetTimestamp();
        var result = await Store.WriteAsync(request, ct);
        var operation = request.Kind switch { WriteKind.Create => "create", WriteKind.Delete => "delete", _ => "update" };
        metrics.Written(operation, scope.Type.Group, scope.Type.Plural, result.Outcome, clock.GetElapsedTime(started));
        return result;
    }

    public async ValueTask<ApiResult<Written>> CreateAsync(WriteScope scope, JsonObject obj, CancellationToken ct)
    {
        var given = Metadata.Of(obj);
        var generate = (given.String("name") ?? "").Length == 0 && given.String("generateName") is { Length: > 0 } prefix ? prefix : null;
        OwnerDuplicates.Remove(obj, afterAdmission: false, scope.Warn);
        StampNew(scope, obj);
        if (!scope.AppliedFields)
        {
            scope.Rules.ResetUnwritable(obj, null, "");
            scope.Rules.Track(null, obj, scope.Parameters.FieldManager, "", clock.GetUtcNow());
        }
        var request = scope.Admission(AdmissionOperation.Create, Metadata.Name(obj), obj, null);
        if (await admission.MutateAsync(request, ct) is { } refused)
        {
            await request.FinishAsync(committed: false);
            return refused;
        }
        // A webhook may have put another object in its place.
        obj = request.Object!;
        OwnerDuplicates.Remove(obj, afterAdmission: true, scope.Warn);
        for (var attempt = 1; ; attempt++)
        {
            request.Object = generate is null ? obj : Named(obj, Metadata.Generate(generate, random));
            request.Name = Metadata.Name(request.Object);
            var written = await CreateOnceAsync(scope, request, request.Object, ct);
            if (written.Ok || generate is null || attempt == GenerateAttempts || written.Error.Reason != "AlreadyExists")
            {
                return written;
            }
        }
    }

    private async ValueTask<ApiResult<Written>> CreateOnceAsync(WriteScope scope, AdmissionRequest request, JsonObject obj, CancellationToken ct)
    {
        var committed = false;
        try
        {
            scope.Rules.PrepareForCreate(obj);
            var name = Metadata.Name(obj);
            if (await admission.CompleteAsync(request, ct) is { } incomplete)
            {
                return incomplete;
            }
            if (scope.Rules.Validate(obj, scope.Warn, ct) is { Count: > 0 } errors)
            {
                return Statuses.Invalid(scope.Rules.Known.Group, scope.Rules.Known.Kind, name, errors);
            }
            scope.Rules.Warn(obj, null, scope.Warn);
            if (await admission.ValidateAsync(request, ct) is { } rejected)
            {
                return rejected;
            }
            var (json, offset) = ObjectBytes.Encode(obj);
            var key = scope.KeyOf(name);
            if (scope.Parameters.DryRun)
            {
                return Store.Get(key) is null
                    ? new Written(json, 0, Metadata.Uid(obj))
                    : Statuses.AlreadyExists(scope.GroupResource, name);
            }
            if (scope.Refusal is { } refusal)
            {
                return refusal;
            }
            var result = await CommitAsync(scope, new WriteRequest
            {
                Key = key,
                Kind = WriteKind.Create,
                Json = json,
                RevisionOffset = offset,
                Index = scope.Rules.Index(obj),
            }, ct);
            committed = result.Outcome == WriteOutcome.Done;
            return result.Outcome switch
            {
                WriteOutcome.Done => Of(result.Object!),
                WriteOutcome.Exists => Statuses.AlreadyExists(scope.GroupResource, name),
                _ => NotTaken(result),
            };
        }
        finally
        {
            await request.FinishAsync(committed);
        }
    }

    /// <summary>A copy with a name, which comes first.</summary>
    private static JsonObject Named(JsonObject obj, string name)
    {
        var copy = obj.CloneObject();
        var metadata = new JsonObject { ["name"] = name };
        foreach (var (key, value) in Metadata.Of(copy))
        {
            if (key != "name")
            {
                metadata[key] = value;
            }
        }
        copy["metadata"] = metadata;
        return copy;
    }

    /// <summary>
    /// Reads, changes and writes; where the change does not name a revision it is made again whenever another writer came
    /// between.
    /// </summary>
    public async ValueTask<ApiResult<Written>> UpdateAsync(WriteScope scope, string name, UpdateStep change, CancellationToken ct)
    {
        var key = scope.KeyOf(name);
        while (true)
        {
            var stored = Store.Get(key);
            if (stored is null)
            {
                return Statuses.NotFound(scope.GroupResource, name);
            }
            var attempt = await UpdateOnceAsync(scope, stored, change, ct);
            if (attempt is { } answer)
            {
                return answer;
            }
        }
    }

    /// <returns>Null: another writer came between and the change may be made again.</returns>
    private async ValueTask<ApiResult<Written>?> UpdateOnceAsync(WriteScope scope, StoredObject stored, UpdateStep change, CancellationToken ct)
    {
        var old = scope.Rules.ReadStored(stored.Json);
        var changed = change.Make(old.CloneObject());
        if (!changed.Ok)
        {
            return changed.Error;
        }
        var obj = changed.Value;
        var name = stored.Key.Name;
        if (UnreadableRevision(obj) is { } unreadable)
        {
            return unreadable;
        }
        var pinned = PinnedRevision(obj);
        if (pinned is null && scope.Rules.NeedsRevision && change.Target is not null)
        {
            // The original names the resource here, not the kind.
            return Statuses.Invalid(scope.Type.Group, scope.Type.Plural, name,
                (IReadOnlyList<StatusCause>)[Statuses.Cause("FieldValueInvalid", "metadata.resourceVersion", "Invalid value: 0: must be specified for an update")]);
        }
        if (pinned is not null && pinned != stored.Revision)
        {
            return Statuses.Modified(scope.GroupResource, name);
        }
        if (change.Target is not null && UidMismatch(scope, obj, old, name) is { } mismatch)
        {
            return mismatch;
        }
        var cleared = Metadata.Of(obj).Given("managedFields") is JsonArray { Count: 0 } or JsonArray and [JsonObject { Count: 0 }];
        if (change.Target is not null)
        {
            OwnerDuplicates.Remove(obj, afterAdmission: false, scope.Warn);
        }
        KeepSystemFields(obj, old);
        if (!change.OwnsFields)
        {
            scope.Rules.ResetUnwritable(obj, old, scope.Subresource);
            scope.Rules.Track(old, obj, scope.Parameters.FieldManager, scope.Subresource, clock.GetUtcNow());
        }
        var request = scope.Admission(AdmissionOperation.Update, name, obj, old);
        var committed = false;
        try
        {
            if (!scope.IsAdmitted && await admission.MutateAsync(request, ct) is { } refused)
            {
                return refused;
            }
            obj = request.Object!;
            OwnerDuplicates.Remove(obj, afterAdmission: true, scope.Warn);
            if (change.OwnsFields || scope.Subresource is "" or "scale")
            {
                scope.Rules.PrepareForUpdate(obj, old, scope.Subresource);
            }
            if (await admission.CompleteAsync(request, ct) is { } incomplete)
            {
                return incomplete;
            }
            Metadata.DropEmpties(Metadata.Of(obj));
            if (scope.Rules.ValidateUpdate(obj, old, scope.Subresource, scope.Warn, ct) is { Count: > 0 } errors)
            {
                return Statuses.Invalid(scope.Rules.Known.Group, scope.Rules.Known.Kind, name, errors);
            }
            WarnOfUpdate(scope, obj, old);
            if (!scope.IsAdmitted && await admission.ValidateAsync(request, ct) is { } rejected)
            {
                return rejected;
            }
            // Only now: a change that changes nothing is checked like any other.
            if (change.OwnsFields || cleared ? obj.DeepEquals(old) : SameButForOwnership(obj, old))
            {
                return Of(stored);
            }
            var result = await CommitAsync(scope, stored, obj, ct);
            committed = result is { Ok: true };
            // The change named a revision, and it was current a moment ago: now it is not.
            return result is null && pinned is not null && change.Target is not null ? Statuses.Modified(scope.GroupResource, name) : result;
        }
        finally
        {
            await request.FinishAsync(committed);
        }
    }

    private static void WarnOfUpdate(WriteScope scope, JsonObject obj, JsonObject old)
    {
        if (scope.Subresource.Length == 0)
        {
            scope.Rules.Warn(obj, old, scope.Warn);
        }
    }

    /// <summary>Replaces what is stored, or removes it when the last finalizer of a deleted object went.</summary>
    private async ValueTask<ApiResult<Written>?> CommitAsync(WriteScope scope, StoredObject stored, JsonObject obj, CancellationToken ct)
    {
        var (json, offset) = ObjectBytes.Encode(obj);
        var gone = DeletionRules.IsFinished(scope.Type, obj);
        if (scope.Parameters.DryRun)
        {
            return new Written(ObjectBytes.Splice(json, offset, stored.Revision.ToString(CultureInfo.InvariantCulture)), stored.Revision, stored.Index.Uid, gone);
        }
        var result = await CommitAsync(scope, new WriteRequest
        {
            Key = stored.Key,
            Kind = gone ? WriteKind.Delete : WriteKind.Replace,
            Json = json,
            RevisionOffset = offset,
            Index = scope.Rules.Index(obj),
            ExpectedRevision = stored.Revision,
        }, ct);
        return result.Outcome switch
        {
            WriteOutcome.Done => Of(result.Object!) with { Deleted = gone },
            WriteOutcome.Conflict => null,
            WriteOutcome.NotFound => Statuses.NotFound(scope.GroupResource, stored.Key.Name),
            _ => NotTaken(result),
        };
    }

    /// <summary>Writes an object's deletion or the mark that it is under way; no checks but those of the delete itself.</summary>
    /// <returns>Null: another writer came between.</returns>
    public async ValueTask<ApiResult<Written>?> DeleteOrMarkAsync(WriteScope scope, StoredObject stored, JsonObject obj, bool remove, CancellationToken ct)
    {
        var (json, offset) = ObjectBytes.Encode(obj);
        if (scope.Parameters.DryRun)
        {
            return new Written(ObjectBytes.Splice(json, offset, stored.Revision.ToString(CultureInfo.InvariantCulture)), stored.Revision, stored.Index.Uid, remove);
        }
        var result = await CommitAsync(scope, new WriteRequest
        {
            Key = stored.Key,
            Kind = remove ? WriteKind.Delete : WriteKind.Replace,
            Json = json,
            RevisionOffset = offset,
            Index = stored.Index,
            ExpectedRevision = stored.Revision,
        }, ct);
        return result.Outcome switch
        {
            WriteOutcome.Done => Of(result.Object!) with { Deleted = remove },
            WriteOutcome.Conflict => null,
            WriteOutcome.NotFound => Statuses.NotFound(scope.GroupResource, stored.Key.Name),
            _ => NotTaken(result),
        };
    }

    private void StampNew(WriteScope scope, JsonObject obj)
    {
        var given = Metadata.Of(obj);
        var metadata = new JsonObject();
        // What people look for first comes first.
        foreach (var key in (ReadOnlySpan<string>)["name", "generateName"])
        {
            if (given.String(key) is { Length: > 0 } text)
            {
                metadata[key] = text;
            }
        }
        if (scope.Namespace.Length > 0)
        {
            metadata["namespace"] = scope.Namespace;
        }
        metadata["uid"] = Guid.NewGuid().ToString();
        metadata["creationTimestamp"] = Metadata.Time(clock.GetUtcNow());
        foreach (var (key, value) in given)
        {
            if (key is not ("name" or "generateName" or "namespace" or "uid" or "creationTimestamp" or "deletionTimestamp"
                or "deletionGracePeriodSeconds" or "resourceVersion" or "selfLink")
                && !(key == "generation" && value is not JsonNumber { Text: not "0" }))
            {
                metadata[key] = value;
            }
        }
        Metadata.DropEmpties(metadata);
        obj["metadata"] = metadata;
    }

    /// <summary>What only the server sets stays as it is, whatever the client sent.</summary>
    private static void KeepSystemFields(JsonObject obj, JsonObject old)
    {
        var (metadata, before) = (Metadata.Of(obj), Metadata.Of(old));
        foreach (var key in (ReadOnlySpan<string>)["name", "namespace", "generateName", "generation", "resourceVersion", "creationTimestamp"])
        {
            metadata[key] = before[key];
        }
        // Another one is an error, which the checks tell where a precondition has not.
        if (metadata.String("uid") is null or "")
        {
            metadata["uid"] = before["uid"];
        }
        // A deletion cannot be taken back; one that is only asserted is an error, which the checks tell.
        if (before.ContainsKey("deletionTimestamp") || metadata["deletionTimestamp"] is JsonNull)
        {
            metadata["deletionTimestamp"] = before["deletionTimestamp"];
        }
        if (metadata["deletionGracePeriodSeconds"] is null or JsonNull)
        {
            metadata["deletionGracePeriodSeconds"] = before["deletionGracePeriodSeconds"];
        }
        metadata.Remove("selfLink");
        // A client that leaves managedFields out does not mean to drop them; one that sends [] does.
        if (!metadata.IsGiven("managedFields"))
        {
            metadata["managedFields"] = before["managedFields"]?.Clone();
        }
    }

    private static Status? UnreadableRevision(JsonObject obj) =>
        Metadata.Of(obj).String("resourceVersion") is { Length: > 0 } text && !ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _)
            ? Statuses.Internal($"strconv.ParseUint: parsing {JsonSyntax.Quoted(text)}: {(text.All(char.IsAsciiDigit) ? "value out of range" : "invalid syntax")}")
            : null;

    private static long? PinnedRevision(JsonObject obj) =>
        Metadata.Of(obj).String("resourceVersion") is { Length: > 0 } text
            ? long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? (value == 0 ? null : value) : -1
            : null;

    /// <param name="old">What is there; empty: nothing.</param>
    public static Status? UidMismatch(WriteScope scope, JsonObject obj, JsonObject old, string name)
    {
        var uid = Metadata.Uid(obj);
        var actual = Metadata.Uid(old);
        if (uid.Length == 0 || uid == actual)
        {
            return null;
        }
        var place = scope.Namespace.Length == 0 ? name : $"{scope.Namespace}/{name}";
        return Statuses.Conflict(scope.GroupResource, name,
            $"StorageError: invalid object, Code: 4, Key: /registry/{scope.Type.Plural}/{place}, ResourceVersion: 0, "
            + $"AdditionalErrorMsg: Precondition failed: UID in precondition: {uid}, UID in object meta: {actual}");
    }

    private static bool SameButForOwnership(JsonObject obj, JsonObject old)
    {
        var (a, b) = (Metadata.Of(obj), Metadata.Of(old));
        var (mine, theirs) = (a["managedFields"], b["managedFields"]);
        a["managedFields"] = theirs;
        var same = obj.DeepEquals(old);
        a["managedFields"] = mine;
        return same;
    }

    private static Status NotTaken(in WriteResult result) => result.Outcome == WriteOutcome.TooLarge
        ? Statuses.TooLarge(result.Error!)
        : Statuses.Unavailable(result.Error ?? "the store did not take the write");

    private static Written Of(StoredObject obj) => new(obj.Json, obj.Revision, obj.Index.Uid);
}

/// <summary>A change to an object that exists.</summary>
/// <param name="Make">Gets a copy that it may change, and answers the new object.</param>
/// <param name="Target">Not null when the client sent a whole object (an update): unconditional ones may be refused.</param>
/// <param name="OwnsFields">True when the change keeps <c>managedFields</c> itself (apply).</param>
internal sealed record UpdateStep(Func<JsonObject, ApiResult<JsonObject>> Make, JsonObject? Target = null, bool OwnsFields = false);
