using Proa.Api.Json;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Pipeline;

namespace Proa.ApiServer.Admission.Optional;

/// <summary>A Service gets no external addresses beyond those that it has: DenyServiceExternalIPs.</summary>
internal sealed class NoExternalAddresses : IAdmissionStep
{
    public Status? Validate(AdmissionRequest request) =>
        request.Object is { } service && request.Is("services") && Addresses(service).Except(request.Old is { } old ? Addresses(old) : []).Any()
            ? Statuses.Forbidden("services", request.ShownName, "Use of external IPs is denied by admission control")
            : null;

    private static IEnumerable<string> Addresses(JsonObject service) =>
        (service.Object("spec")?.Array("externalIPs") ?? []).OfType<JsonString>().Select(static address => address.Value);
}
