using Proa.Api.Json;
using Proa.Api.Meta;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Admission;
using Proa.ApiServer.Admission.Matching;
using Proa.ApiServer.Objects;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Types;
using Proa.ApiServer.Verbs;
using Proa.Client;
using Proa.Store;

namespace Proa.ApiServer.Subresources;

/// <summary><c>pods/eviction</c>: deletes a pod unless a PodDisruptionBudget forbids it now.</summary>
internal sealed class EvictionSubresource(
    ObjectWriter writer, ObjectDeleter deleter, SubresourceAdmission admission, TypeCatalog types, TimeProvider clock) : ISubresource
{
    private const string Budgets = "poddisruptionbudgets.policy";
    private const string IgnoreReadError = "ignoreStoreReadErrorWithClusterBreakingPotential";
    private const string Several = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";

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
        var eviction = decoded.Value;
        if (Metadata.Name(eviction) != scope.Name)
        {
            return ApiResponse.Of(Statuses.BadRequest("name in URL does not match name in Eviction object"));
        }
        if (eviction.Object("deleteOptions")?.Bool(IgnoreReadError) == true)
        {
            return ApiResponse.Of(Statuses.Invalid("policy", "Eviction", scope.Name, new[]
            {
                FieldError.Invalid($"deleteOptions.{IgnoreReadError}", JsonBool.True, "can not be set for pod eviction, try after removing the option"),
            }));
        }
        var options = Options(eviction, parameters.Value);
        var (refusal, _) = await admission.AdmitAsync(scope, AdmissionOperation.Create, eviction, parameters.Value, ct);
        if (refusal is not null)
        {
            return ApiResponse.Of(refusal);
        }
        var evicted = await EvictAsync(scope, parameters.Value with { DryRun = options.DryRun }, options, ct);
        return evicted is null ? ApiResponse.Of(Statuses.Success(201), 201) : ApiResponse.Of(evicted);
    }

    private static DeleteParameters Options(JsonObject eviction, WriteParameters parameters)
    {
        var options = eviction.Object("deleteOptions");
        return new DeleteParameters
        {
            Grace = options?.Int("gracePeriodSeconds"),
            Propagation = options?.String("propagationPolicy"),
            Uid = options?.Object("preconditions")?.String("uid"),
            ResourceVersion = options?.Object("preconditions")?.String("resourceVersion"),
            DryRun = parameters.DryRun || options?.Array("dryRun") is { Count: > 0 },
        };
    }

    private async ValueTask<Status?> EvictAsync(RequestScope scope, WriteParameters parameters, DeleteParameters options, CancellationToken ct)
    {
        if (writer.Store.Get(scope.Key) is not { } stored)
        {
            return Statuses.NotFound("pods", scope.Name);
        }
        var pod = JsonTree.ParseObject(stored.Json.Span);
        // Who ended, or never began, disrupts nobody.
        if (pod.Object("status")?.String("phase") is "Succeeded" or "Failed" or "Pending" || Metadata.IsDeleting(pod))
        {
            return await DeleteAsync(scope, parameters, options, ct);
        }
        var budgets = BudgetsOf(scope.Namespace, pod);
        if (budgets.Count > 1)
        {
            return Statuses.Internal(Several);
        }
        if (budgets.Count == 1 && BudgetCheck.IsFree(JsonTree.ParseObject(budgets[0].Json.Span), pod))
        {
            // It may not have become ready since.
            var asked = options.ResourceVersion;
            var gone = await DeleteAsync(scope, parameters, asked is null ? options with { ResourceVersion = $"{stored.Revision}" } : options, ct);
            return gone is { Reason: "Conflict" } && asked is null ? BudgetCheck.BeingProcessed(budgets[0].Key.Name) : gone;
        }
        return budgets.Count == 1 && await TakeAsync(scope, budgets[0].Key.Name, parameters, ct) is { } refused
            ? refused
            : await DeleteAsync(scope, parameters, options, ct);
    }

    private List<StoredObject> BudgetsOf(string ns, JsonObject pod)
    {
        var labels = SelectorReader.Labels(pod);
        var found = new List<StoredObject>();
        foreach (var item in writer.Store.List(Budgets, ns)!.Items)
        {
            // One without a selector selects nothing; an empty one selects all.
            if (JsonTree.ParseObject(item.Json.Span).Object("spec")?.Object("selector") is { } selector && SelectorReader.Of(selector).Matches(labels))
            {
                found.Add(item);
            }
        }
        return found;
    }

    private async ValueTask<Status?> TakeAsync(RequestScope scope, string budget, WriteParameters parameters, CancellationToken ct)
    {
        var write = new WriteScope(types.FindRules("policy", "v1", "poddisruptionbudgets")!, scope.Namespace, scope.User, parameters, scope.Warn)
        {
            Subresource = "eviction",
            IsAdmitted = true,
        };
        var taken = await writer.UpdateAsync(write, budget, new UpdateStep(
            current => BudgetCheck.Take(current, scope.Name, clock.GetUtcNow()) is { } refused ? refused : current, OwnsFields: true), ct);
        return taken.Ok ? null : taken.Error;
    }

    /// <summary>Marks why, then deletes.</summary>
    private async ValueTask<Status?> DeleteAsync(RequestScope scope, WriteParameters parameters, DeleteParameters options, CancellationToken ct)
    {
        var write = WriteScope.Of(scope, parameters) with { Subresource = "eviction", IsAdmitted = true };
        if (!options.DryRun)
        {
            var marked = await writer.UpdateAsync(write, scope.Name, new UpdateStep(pod => Mark(pod, options), OwnsFields: true), ct);
            if (!marked.Ok)
            {
                return marked.Error;
            }
            options = options.ResourceVersion is null ? options : options with { ResourceVersion = $"{marked.Value.Revision}" };
        }
        var deleted = await deleter.DeleteAsync(write with { Subresource = "" }, scope.Name, options, ct);
        return deleted.Ok ? null : deleted.Error;
    }

    private ApiResult<JsonObject> Mark(JsonObject pod, DeleteParameters options)
    {
        var metadata = Metadata.Of(pod);
        if (options.Uid is { Length: > 0 } uid && uid != Metadata.Uid(pod))
        {
            return Statuses.Conflict("Pod", Metadata.Name(pod),
                $"the UID in the precondition ({uid}) does not match the UID in record ({Metadata.Uid(pod)}). The object might have been deleted and then recreated");
        }
        if (options.ResourceVersion is { Length: > 0 } revision && revision != metadata.String("resourceVersion"))
        {
            return Statuses.Conflict("Pod", Metadata.Name(pod),
                $"the ResourceVersion in the precondition ({revision}) does not match the ResourceVersion in record ({metadata.String("resourceVersion")}). The object might have been modified");
        }
        var status = pod.EnsureObject("status");
        var conditions = status.Array("conditions") ?? [];
        var before = conditions.OfType<JsonObject>().FirstOrDefault(static item => item.String("type") == "DisruptionTarget");
        var condition = new JsonObject
        {
            ["type"] = "DisruptionTarget",
            ["status"] = "True",
            ["lastProbeTime"] = JsonNull.Instance,
            ["lastTransitionTime"] = before?.String("status") == "True" ? before["lastTransitionTime"]!.Clone() : Metadata.Time(clock.GetUtcNow()),
            ["reason"] = "EvictionByEvictionAPI",
            ["message"] = "Eviction API: evicting",
        };
        conditions.RemoveAll(static item => (item as JsonObject)?.String("type") == "DisruptionTarget");
        conditions.Add(condition);
        status["conditions"] = conditions;
        return pod;
    }
}
