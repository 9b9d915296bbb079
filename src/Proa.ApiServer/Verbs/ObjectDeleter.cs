using System.Globalization;
using Proa.Api.Json;
using Proa.ApiServer.Admission;
using Proa.ApiServer.CustomResources;
using Proa.ApiServer.Objects;
using Proa.ApiServer.Pipeline;
using Proa.Client;
using Proa.Store;

namespace Proa.ApiServer.Verbs;

/// <summary>Deletes objects: at once, or marked first where finalizers or grace hold them. Thread-safe.</summary>
internal sealed class ObjectDeleter(ObjectWriter writer, AdmissionChain admission, TimeProvider clock)
{
    /// <returns>The object as it went, or as it stands marked.</returns>
    public async ValueTask<ApiResult<Written>> DeleteAsync(WriteScope scope, string name, DeleteParameters options, CancellationToken ct)
    {
        while (true)
        {
            var stored = writer.Store.Get(scope.KeyOf(name));
            if (stored is null)
            {
                return Statuses.NotFound(scope.GroupResource, name);
            }
            if (Precondition(scope, stored, options) is { } failed)
            {
                return failed;
            }
            var old = scope.Rules.ReadStored(stored.Json);
            var request = scope.Admission(AdmissionOperation.Delete, name, null, old);
            if (!scope.IsAdmitted && (await admission.MutateAsync(request, ct) ?? await admission.ValidateAsync(request, ct)) is { } refused)
            {
                await request.FinishAsync(committed: false);
                return refused;
            }
            var result = await DecideAsync(scope, stored, old, options, ct);
            await request.FinishAsync(result is { Ok: true });
            if (result is { } answer)
            {
                return answer;
            }
        }
    }

    private async ValueTask<ApiResult<Written>?> DecideAsync(
        WriteScope scope, StoredObject stored, JsonObject old, DeleteParameters options, CancellationToken ct)
    {
        var obj = old.CloneObject();
        var metadata = Metadata.Of(obj);
        var marked = Metadata.IsDeleting(old);
        var now = clock.GetUtcNow();
        if (scope.Type.Collection == "namespaces")
        {
            return await DeleteNamespaceAsync(scope, stored, obj, old, now, ct);
        }
        if (scope.Type.Collection == CustomResourceDefinitionStrategy.Collection)
        {
            CustomResourceDefinitionStrategy.MarkDeleted(obj, now);
            return obj.DeepEquals(old)
                ? new Written(stored.Json, stored.Revision, stored.Index.Uid)
                : await writer.DeleteOrMarkAsync(scope, stored, obj, remove: false, ct);
        }
        var grace = DeletionRules.Grace(scope.Type, obj, options.Grace);
        if (marked)
        {
            var left = metadata.Int("deletionGracePeriodSeconds") ?? 0;
            if (left > 0 && grace >= left)
            {
                // It is going already, and sooner than asked for.
                return new Written(stored.Json, stored.Revision, stored.Index.Uid);
            }
            if (left > grace && DateTimeOffset.TryParse(metadata.String("deletionTimestamp"), CultureInfo.InvariantCulture, out var until))
            {
                metadata["deletionTimestamp"] = Metadata.Time(until.AddSeconds(grace - left));
                metadata["deletionGracePeriodSeconds"] = grace;
            }
        }
        else
        {
            metadata["deletionTimestamp"] = Metadata.Time(now.AddSeconds(grace));
            metadata["deletionGracePeriodSeconds"] = grace;
            if (metadata.Int("generation") is { } generation and > 0)
            {
                metadata["generation"] = generation + 1;
            }
        }
        DeletionRules.SetPropagation(scope.Type, obj, options.Propagation);
        var remove = grace == 0 && !Metadata.HasFinalizers(obj);
        if (!remove && obj.DeepEquals(old))
        {
            return new Written(stored.Json, stored.Revision, stored.Index.Uid);
        }
        // What is removed at once was never marked for those who watch, except pods, whose last state says so.
        return await writer.DeleteOrMarkAsync(scope, stored, remove && !marked && scope.Type.Collection != "pods" ? old : obj, remove, ct);
    }

    /// <summary>A namespace is emptied first: its own finalizers, in its spec, hold it until that is done.</summary>
    private async ValueTask<ApiResult<Written>?> DeleteNamespaceAsync(
        WriteScope scope, StoredObject stored, JsonObject obj, JsonObject old, DateTimeOffset now, CancellationToken ct)
    {
        var metadata = Metadata.Of(obj);
        if (!Metadata.IsDeleting(old))
        {
            metadata["deletionTimestamp"] = Metadata.Time(now);
        }
        obj.EnsureObject("status")["phase"] = "Terminating";
        if (DeletionRules.IsFinished(scope.Type, obj))
        {
            return await writer.DeleteOrMarkAsync(scope, stored, obj, remove: true, ct);
        }
        return obj.DeepEquals(old)
            ? new Written(stored.Json, stored.Revision, stored.Index.Uid)
            : await writer.DeleteOrMarkAsync(scope, stored, obj, remove: false, ct);
    }

    private static Proa.Api.Models.Meta.Status? Precondition(WriteScope scope, StoredObject stored, DeleteParameters options)
    {
        // The original names the kind here, not the resource.
        var subject = scope.Type.Group.Length == 0 ? scope.Type.Kind : $"{scope.Type.Kind}.{scope.Type.Group}";
        if (options.Uid is { } uid && uid != stored.Index.Uid)
        {
            return Statuses.Conflict(subject, stored.Key.Name,
                $"the UID in the precondition ({uid}) does not match the UID in record ({stored.Index.Uid}). The object might have been deleted and then recreated");
        }
        if (options.ResourceVersion is { } revision && revision != stored.Revision.ToString(CultureInfo.InvariantCulture))
        {
            return Statuses.Conflict(subject, stored.Key.Name,
                $"the ResourceVersion in the precondition ({revision}) does not match the ResourceVersion in record ({stored.Revision}). The object might have been modified");
        }
        return null;
    }
}
