using Proa.Api.Json;
using Proa.Api.Models.Meta;
using Proa.Api.Selectors;
using Proa.ApiServer.Objects;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Types;
using Proa.ApiServer.Verbs;
using LabelSelector = Proa.Api.Selectors.LabelSelector;

namespace Proa.ApiServer.Subresources;

/// <summary><c>pods/eviction</c>: deletes a pod unless a PodDisruptionBudget forbids it now.</summary>
internal sealed class EvictionSubresource(ObjectWriter writer, ObjectDeleter deleter, TypeCatalog types) : ISubresource
{
    private const string Budgets = "poddisruptionbudgets.policy";

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
        if (writer.Store.Get(scope.Key) is not { } stored)
        {
            return ApiResponse.Of(Statuses.NotFound("pods", scope.Name));
        }
        var pod = JsonTree.ParseObject(stored.Json.Span);
        // Who ended, or never began, disrupts nobody.
        var counts = pod.Object("status")?.String("phase") is "Running" && !Metadata.IsDeleting(pod);
        if (counts && await TakeBudgetAsync(scope, pod, parameters.Value, ct) is { } refused)
        {
            return ApiResponse.Of(refused);
        }
        var options = decoded.Value.Object("deleteOptions");
        var deleted = await deleter.DeleteAsync(WriteScope.Of(scope, parameters.Value) with { Subresource = "" }, scope.Name, new DeleteParameters
        {
            Grace = options?.Int("gracePeriodSeconds"),
            Propagation = options?.String("propagationPolicy"),
            Uid = options?.Object("preconditions")?.String("uid"),
            ResourceVersion = options?.Object("preconditions")?.String("resourceVersion"),
            DryRun = parameters.Value.DryRun,
        }, ct);
        return deleted.Ok ? ApiResponse.Of(Statuses.Success(201), 201) : ApiResponse.Of(deleted.Error);
    }

    /// <summary>Takes one disruption from the pod's budget; null when it may go.</summary>
    private async ValueTask<Status?> TakeBudgetAsync(RequestScope scope, JsonObject pod, WriteParameters parameters, CancellationToken ct)
    {
        var labels = new List<KeyValuePair<string, string>>();
        foreach (var (key, value) in Metadata.Of(pod).Object("labels") ?? [])
        {
            labels.Add(new(key, (value as JsonString)?.Value ?? ""));
        }
        foreach (var item in writer.Store.List(Budgets, scope.Namespace)!.Items)
        {
            var typed = Proa.Api.Models.Model.Read<Proa.Api.Models.Policy.PodDisruptionBudget>(item.Json);
            if (!LabelSelector.Of(typed.Spec?.Selector).Matches(labels))
            {
                continue;
            }
            var write = new WriteScope(types.FindRules("policy", "v1", "poddisruptionbudgets")!, scope.Namespace, scope.User, parameters, scope.Warn)
            {
                Subresource = "eviction",
            };
            var taken = await writer.UpdateAsync(write, item.Key.Name, new UpdateStep(budget =>
            {
                var status = budget.EnsureObject("status");
                var allowed = status.Int("disruptionsAllowed") ?? 0;
                if (allowed <= 0)
                {
                    return Refusal(item.Key.Name, status);
                }
                status["disruptionsAllowed"] = allowed - 1;
                return budget;
            }, OwnsFields: true), ct);
            if (!taken.Ok)
            {
                return taken.Error;
            }
        }
        return null;
    }

    private static Status Refusal(string budget, JsonObject status) => Statuses.TooManyRequests(
        "Cannot evict pod as it would violate the pod's disruption budget.",
        new StatusCause
        {
            Reason = "DisruptionBudget",
            Message = $"The disruption budget {budget} needs {status.Int("desiredHealthy") ?? 0} healthy pods and has {status.Int("currentHealthy") ?? 0} currently",
        });
}
