using Proa.Api.Models.Discovery;
using Proa.Client;
using Proa.Client.Queues;
using Proa.Controllers.Common;

namespace Proa.Controllers.EndpointSlices;

/// <summary>Carries out a plan.</summary>
internal sealed class SliceWriter(IClusterClient client, RecentWrites<EndpointSlice> recent)
{
    public async Task<ReconcileResult> ApplyAsync(SlicePlan plan, CancellationToken ct)
    {
        // Updates first: they are what a terminating pod waits for.
        foreach (var slice in plan.Update)
        {
            var written = await client.UpdateAsync(slice, ct);
            if (!written.Ok)
            {
                return ReconcileResult.Retry(written.Error);
            }
            recent.Wrote(written.Value);
        }
        foreach (var slice in plan.Create)
        {
            var made = await client.CreateAsync(slice, ct);
            if (!made.Ok)
            {
                return PodControl.IsNamespaceTerminating(made.Error) ? ReconcileResult.Done : ReconcileResult.Retry(made.Error);
            }
            recent.Wrote(made.Value);
        }
        foreach (var slice in plan.Delete)
        {
            var deleted = await client.DeleteAsync<EndpointSlice>(
                slice.Metadata.Namespace, slice.Metadata.Name!, new DeleteRequest(Uid: slice.Metadata.Uid), ct);
            if (!deleted.Ok && !deleted.IsNotFound && !deleted.IsConflict)
            {
                return ReconcileResult.Retry(deleted.Error);
            }
            recent.Deleted(slice);
        }
        return ReconcileResult.Done;
    }
}
