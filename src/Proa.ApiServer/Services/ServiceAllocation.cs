using Proa.Api.Json;
using Proa.Api.Kinds.Core;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Admission;
using Proa.ApiServer.Objects;
using Proa.ApiServer.Pipeline;
using Proa.Store;

namespace Proa.ApiServer.Services;

/// <summary>
/// Completes a Service with its address, its families and its node ports; IPv4 only, as the network is. Where several servers
/// serve the cluster, what was chosen is claimed before it is used, and chosen anew when another server was quicker.
/// </summary>
internal sealed class ServiceAllocation(ServiceAllocator allocator, ServiceClaims? claims) : IAdmissionStep
{
    public async ValueTask<Status?> CompleteAsync(AdmissionRequest request, CancellationToken ct)
    {
        if (!request.Is("services") || request.Operation == AdmissionOperation.Delete)
        {
            return null;
        }
        if (claims is null || request.DryRun)
        {
            return Choose(request, []);
        }
        var owner = KeyOf(request);
        var asked = request.Object!.EnsureObject("spec").CloneObject();
        while (true)
        {
            var reserved = new List<string>();
            if (Choose(request, reserved) is { } refused)
            {
                return refused;
            }
            var taken = new List<string>();
            // After the local reservation is over: what is not kept is free for everybody again.
            request.OnFinished(committed => committed && request.IsCreate ? default : claims.ReleaseAsync([.. taken, .. HoldingsOf(request.Old)], owner, CancellationToken.None));
            switch (await TakeAsync(request, reserved, taken, owner, ct))
            {
                case { Outcome: WriteOutcome.Done }:
                    return null;
                case { Outcome: WriteOutcome.Exists }:
                    // Another server was quicker. What was asked for by name is refused now.
                    allocator.Release(reserved);
                    reserved.Clear();
                    await claims.ReleaseAsync(taken, owner, ct);
                    taken.Clear();
                    request.Object!["spec"] = asked.CloneObject();
                    break;
                case var failed:
                    return Statuses.Unavailable(failed.Error ?? "the store did not take the write");
            }
        }
    }

    public ValueTask<Status?> ValidateAsync(AdmissionRequest request, CancellationToken ct)
    {
        if (claims is not null && request.Is("services") && request.Operation == AdmissionOperation.Delete && !request.DryRun)
        {
            request.OnFinished(committed => committed ? claims.ReleaseAsync(HoldingsOf(request.Old), KeyOf(request), CancellationToken.None) : default);
        }
        return default;
    }

    private async ValueTask<WriteResult> TakeAsync(AdmissionRequest request, List<string> reserved, List<string> taken, ObjectKey owner, CancellationToken ct)
    {
        var ports = HoldingsOf(request.Old).Select(ServiceClaims.PortOf).OfType<int>().ToHashSet();
        foreach (var what in reserved)
        {
            // A port that it has by another protocol is its own already.
            if (ServiceClaims.PortOf(what) is { } port && !ports.Add(port))
            {
                continue;
            }
            var result = await claims!.TryTakeAsync(what, owner, ct);
            if (result.Outcome != WriteOutcome.Done)
            {
                return result;
            }
            taken.Add(what);
        }
        return new(WriteOutcome.Done, null);
    }

    private static string[] HoldingsOf(JsonObject? service) => service is null ? [] : ServiceAllocator.Holdings(service);

    private static ObjectKey KeyOf(AdmissionRequest request) => new("services", request.Namespace, request.Name);

    private Status? Choose(AdmissionRequest request, List<string> reserved)
    {
        var spec = request.Object!.EnsureObject("spec");
        var before = request.Old?.Object("spec");
        var name = Metadata.Name(request.Object!);
        request.OnFinished(_ => allocator.Release(reserved));
        var families = ServiceFamilies.Complete(spec, before);
        if (families.Count > 0)
        {
            return Statuses.Invalid("", "Service", name, families);
        }
        var work = new ServiceWork(allocator, KeyOf(request), request.DryRun, reserved);
        // A dry run reserves as well, so as to answer what the real run would, and gives it back.
        return (work.Address(spec, before) is { } error ? Statuses.Invalid("", "Service", name, [error]) : null) ?? work.NodePorts(spec, before, name);
    }
}
