using Proa.Api.Json;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Admission;
using Proa.ApiServer.Objects;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Types;
using Proa.ApiServer.Verbs;
using Proa.Client;

namespace Proa.ApiServer.Subresources;

/// <summary><c>pods/binding</c>: puts a pod on a node, once.</summary>
internal sealed class BindingSubresource(ObjectWriter writer, SubresourceAdmission admission, Func<TypeRules> pods, TimeProvider clock) : ISubresource
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
        var binding = decoded.Value;
        var target = binding.Object("target");
        var node = target?.String("name") ?? "";
        if (target?.String("kind") is { Length: > 0 } kind and not "Node")
        {
            return ApiResponse.Of(Invalid("target.kind", "FieldValueNotSupported", $"Unsupported value: \"{kind}\": supported values: \"Node\", \"<empty>\""));
        }
        if (node.Length == 0)
        {
            return ApiResponse.Of(Invalid("target.name", "FieldValueRequired", "Required value"));
        }
        if (Metadata.Name(binding) is { Length: > 0 } given && scope.Name.Length > 0 && given != scope.Name)
        {
            return ApiResponse.Of(Statuses.BadRequest("name in URL does not match name in Binding object"));
        }
        var (refusal, admitted) = await admission.AdmitAsync(scope, AdmissionOperation.Create, binding, parameters.Value, ct);
        if (refusal is not null)
        {
            return ApiResponse.Of(refusal);
        }
        binding = admitted;
        var uid = Metadata.Uid(binding);
        // The original writes past field ownership here.
        var step = new UpdateStep(pod => Bind(pod, binding, node, uid), OwnsFields: true);
        // POST to bindings itself names the pod in the body, not in the path.
        var write = WriteScope.Of(scope, parameters.Value) with { Rules = pods(), Subresource = "binding", IsAdmitted = true };
        var written = await writer.UpdateAsync(write, scope.Name.Length > 0 ? scope.Name : Metadata.Name(binding), step, ct);
        return written.Ok ? ApiResponse.Of(Statuses.Success(201), 201) : ApiResponse.Of(written.Error);
    }

    private ApiResult<JsonObject> Bind(JsonObject pod, JsonObject binding, string node, string uid)
    {
        var name = Metadata.Name(pod);
        if (uid.Length > 0 && uid != Metadata.Uid(pod))
        {
            return Conflict(name, $"Precondition failed: UID in precondition: {uid}, UID in object meta: {Metadata.Uid(pod)}");
        }
        if (Metadata.IsDeleting(pod))
        {
            return Conflict(name, $"pod {name} is being deleted, cannot be assigned to a host");
        }
        var spec = pod.EnsureObject("spec");
        if (spec.String("nodeName") is { Length: > 0 } already)
        {
            return Conflict(name, $"pod {name} is already assigned to node \"{already}\"");
        }
        if (spec.Array("schedulingGates") is { Count: > 0 })
        {
            return Conflict(name, $"pod {name} has non-empty .spec.schedulingGates");
        }
        spec["nodeName"] = node;
        var metadata = Metadata.Of(pod);
        foreach (var (key, value) in Metadata.Of(binding).Object("annotations") ?? [])
        {
            metadata.EnsureObject("annotations")[key] = value.Clone();
        }
        foreach (var (key, value) in Metadata.Of(binding).Object("labels") ?? [])
        {
            metadata.EnsureObject("labels")[key] = value.Clone();
        }
        PodTopology.Copy(writer.Store, node, pod);
        SetScheduled(pod.EnsureObject("status"));
        return pod;
    }

    private void SetScheduled(JsonObject status)
    {
        var conditions = status.Array("conditions") ?? [];
        conditions.RemoveAll(static item => (item as JsonObject)?.String("type") == "PodScheduled");
        var condition = new JsonObject
        {
            ["type"] = "PodScheduled",
            ["status"] = "True",
            ["lastProbeTime"] = JsonNull.Instance,
            ["lastTransitionTime"] = Metadata.Time(clock.GetUtcNow()),
        };
        conditions.Add(condition);
        status["conditions"] = conditions;
    }

    private static Status Conflict(string name, string message) => Statuses.Conflict("pods/binding", name, message);

    private static Status Invalid(string field, string reason, string message) =>
        Statuses.Invalid("", "Binding", "", [Statuses.Cause(reason, field, message)]);
}
