using System.Text;
using Proa.Api.Json;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Pipeline;
using Proa.Client;
using Proa.Store;

namespace Proa.ApiServer.Admission.Optional;

/// <summary>Makes a namespace when something is made in it: NamespaceAutoProvision.</summary>
/// <param name="client">Who makes it; asked for at the first use, when the server is whole.</param>
internal sealed class NamespaceProvision(IObjectStore store, Func<IClusterClient> client) : IAdmissionStep
{
    public ValueTask<Status?> MutateAsync(AdmissionRequest request, CancellationToken ct) =>
        !request.IsCreate || request.DryRun || request.Namespace.Length == 0 || request.Type.Collection == "namespaces"
            || store.Get(new ObjectKey("namespaces", "", request.Namespace)) is not null
                ? default
                : MakeAsync(request, ct);

    private async ValueTask<Status?> MakeAsync(AdmissionRequest request, CancellationToken ct)
    {
        var body = new JsonObject { ["metadata"] = new JsonObject { ["name"] = request.Namespace } };
        var made = await client().CreateAsync(new("", "v1", "namespaces", null), Encoding.UTF8.GetBytes(body.ToString()), WriteOptions.Default, ct);
        return made.Ok || made.Error.Reason == "AlreadyExists" ? null : Statuses.Forbidden(request.GroupResource, request.ShownName, made.Error.Message ?? "");
    }
}
