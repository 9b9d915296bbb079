using Microsoft.Extensions.Logging;
using Proa.Api.Json;
using Proa.ApiServer.Objects;
using Proa.ApiServer.Types;
using Proa.Client;
using Proa.Store;

namespace Proa.ApiServer.Admission.Policies;

/// <summary>Follows the validating policies and notes in the status of each what its expressions do not fit.</summary>
internal sealed partial class PolicyStatusLoop(IObjectStore store, TypeCatalog types, IClusterClient client, ILogger logger)
{
    private const string Collection = "validatingadmissionpolicies.admissionregistration.k8s.io";
    private const string Manager = "validatingadmissionpolicy-status-controller";

    public async Task RunAsync(CancellationToken ct)
    {
        try
        {
            while (!ct.IsCancellationRequested)
            {
                var snapshot = store.List(Collection, null)!;
                using var watch = store.Watch(Collection, null, snapshot.Revision);
                foreach (var policy in snapshot.Items)
                {
                    await ReconcileAsync(policy, ct);
                }
                while (watch is { Overrun: false } && await watch.Changes.WaitToReadAsync(ct))
                {
                    while (watch.Changes.TryRead(out var change))
                    {
                        if (change.Kind != ChangeKind.Deleted)
                        {
                            await ReconcileAsync(change.Object, ct);
                        }
                    }
                }
                if (watch is { Overrun: false })
                {
                    // The store is closed.
                    return;
                }
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Asked to stop.
        }
    }

    private async Task ReconcileAsync(StoredObject stored, CancellationToken ct)
    {
        var policy = JsonTree.ParseObject(stored.Json.Span);
        var generation = policy.Object("metadata")?.Int("generation") ?? 0;
        if (generation <= (policy.Object("status")?.Int("observedGeneration") ?? 0) || Metadata.IsDeleting(policy))
        {
            return;
        }
        var check = new JsonObject();
        if (PolicyTypeCheck.Warnings(policy, types) is { Count: > 0 } warnings)
        {
            check["expressionWarnings"] = warnings;
        }
        var status = new JsonObject
        {
            ["apiVersion"] = "admissionregistration.k8s.io/v1",
            ["kind"] = "ValidatingAdmissionPolicy",
            ["metadata"] = new JsonObject { ["name"] = stored.Key.Name },
            ["status"] = new JsonObject { ["observedGeneration"] = generation, ["typeChecking"] = check },
        };
        var path = new ResourcePath("admissionregistration.k8s.io", "v1", "validatingadmissionpolicies", null, stored.Key.Name, "status");
        var written = await client.PatchAsync(path, PatchKind.Apply, JsonTree.ToUtf8(status), new WriteOptions(Manager, Force: true), ct);
        if (!written.Ok && !written.IsNotFound)
        {
            NotWritten(stored.Key.Name, written.Error.Message);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "the status of ValidatingAdmissionPolicy {Name} could not be written: {Reason}")]
    private partial void NotWritten(string name, string? reason);
}
