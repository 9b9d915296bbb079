using Proa.Api.Models.Meta;
using Proa.ApiServer.Objects;
using Proa.ApiServer.Pipeline;

namespace Proa.ApiServer.Admission;

/// <summary>A node's own identity changes only its own Node and the pods that are bound to it.</summary>
internal sealed class NodeRestriction : IAdmissionStep
{
    private const string Prefix = "system:node:";

    public ValueTask<Status?> MutateAsync(AdmissionRequest request, CancellationToken ct)
    {
        if (!request.User.Name.StartsWith(Prefix, StringComparison.Ordinal) || !request.User.InGroup("system:nodes"))
        {
            return default;
        }
        var node = request.User.Name[Prefix.Length..];
        switch (request.Type.Collection)
        {
            case "nodes":
                var name = request.Name.Length > 0 ? request.Name : Metadata.Name(request.Object ?? []);
                return new(name == node ? null
                    : Statuses.Forbidden("nodes", name, $"node \"{node}\" is not allowed to modify node \"{name}\""));
            case "pods" when request.Subresource.Length == 0 || request.Subresource is "status":
                var bound = (request.Old ?? request.Object)?.Object("spec")?.String("nodeName") ?? "";
                return new(bound == node ? null
                    : Statuses.Forbidden("pods", request.ShownName,
                        $"node \"{node}\" can only {request.Operation.ToString().ToLowerInvariant()} pods with spec.nodeName set to itself"));
            default:
                return default;
        }
    }
}
