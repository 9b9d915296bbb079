using System.Text;
using Proa.Api.Json;
using Proa.Api.Meta;
using Proa.Api.Models.Meta;
using Proa.Client;
using Proa.Client.Informers;

namespace Proa.Controllers.Common;

/// <summary>
/// Which objects belong to a controller: those that name it and match its selector; orphans that match are adopted, and
/// what it owns and does not match any more is released. The rules are those of the original's controller reference manager.
/// </summary>
internal static class Claims
{
    /// <param name="finalizer">What a child carries while it is claimed; null: nothing.</param>
    /// <returns>What is claimed; the error of the first adoption or release that failed, other than for the object being gone.</returns>
    public static async Task<(List<TChild> Claimed, Status? Error)> ClaimAsync<TOwner, TChild>(
        IClusterClient client, TOwner owner, LabelSelector selector, IInformer<TChild> children, CancellationToken ct, string? finalizer = null)
        where TOwner : class, IResource<TOwner> where TChild : class, IResource<TChild>
    {
        var claimed = new List<TChild>();
        Status? error = null;
        foreach (var child in children.ByIndex(Owners.ByController, owner.Metadata.Uid!))
        {
            if (Selectors.Matches(selector, child.Metadata.Labels))
            {
                claimed.Add(child);
            }
            else if (owner.Metadata.DeletionTimestamp is null)
            {
                error ??= await ReleaseAsync(client, owner, child, finalizer, ct);
            }
        }
        bool? mayAdopt = null;
        foreach (var orphan in children.ByIndex(Owners.Orphans, owner.Metadata.Namespace ?? ""))
        {
            if (owner.Metadata.DeletionTimestamp is not null || orphan.Metadata.DeletionTimestamp is not null
                || !Selectors.Matches(selector, orphan.Metadata.Labels))
            {
                continue;
            }
            // The cache may not know yet that the owner is going: ask once before the first adoption.
            mayAdopt ??= await IsAliveAsync(client, owner, ct);
            if (mayAdopt.Value)
            {
                var adopted = await AdoptAsync(client, owner, orphan, finalizer, ct);
                if (adopted.Ok)
                {
                    claimed.Add(adopted.Value);
                }
                else if (!adopted.IsNotFound)
                {
                    error ??= adopted.Error;
                }
            }
        }
        return (claimed, error);
    }

    private static async Task<bool> IsAliveAsync<TOwner>(IClusterClient client, TOwner owner, CancellationToken ct) where TOwner : class, IResource<TOwner>
    {
        var live = await client.GetAsync<TOwner>(owner.Metadata.Namespace, owner.Metadata.Name!, ct);
        return live.Ok && live.Value.Metadata.Uid == owner.Metadata.Uid && live.Value.Metadata.DeletionTimestamp is null;
    }

    private static Task<ApiResult<TChild>> AdoptAsync<TOwner, TChild>(IClusterClient client, TOwner owner, TChild orphan, string? finalizer, CancellationToken ct)
        where TOwner : class, IResource<TOwner> where TChild : class, IResource<TChild>
    {
        var reference = Owners.ControllerReference(owner);
        var patch = Patch(orphan, new JsonObject
        {
            ["apiVersion"] = reference.ApiVersion,
            ["kind"] = reference.Kind,
            ["name"] = reference.Name,
            ["uid"] = reference.Uid,
            ["controller"] = true,
            ["blockOwnerDeletion"] = true,
        }, "finalizers", finalizer);
        return client.PatchAsync<TChild>(orphan.Metadata.Namespace, orphan.Metadata.Name!, PatchKind.Strategic, patch, ct);
    }

    private static async Task<Status?> ReleaseAsync<TOwner, TChild>(IClusterClient client, TOwner owner, TChild child, string? finalizer, CancellationToken ct)
        where TOwner : class, IResource<TOwner> where TChild : class, IResource<TChild>
    {
        var patch = Patch(child, new JsonObject { ["$patch"] = "delete", ["uid"] = owner.Metadata.Uid! }, "$deleteFromPrimitiveList/finalizers", finalizer);
        var answer = await client.PatchAsync<TChild>(child.Metadata.Namespace, child.Metadata.Name!, PatchKind.Strategic, patch, ct);
        // Gone, or replaced by another object of its name: nothing to release.
        return answer.Ok || answer.IsNotFound || answer.IsInvalid || answer.IsConflict ? null : answer.Error;
    }

    private static byte[] Patch(IResource child, JsonObject reference, string finalizers, string? finalizer)
    {
        var metadata = new JsonObject { ["ownerReferences"] = new JsonArray { reference }, ["uid"] = child.Metadata.Uid ?? "" };
        if (finalizer is not null)
        {
            metadata[finalizers] = new JsonArray { finalizer };
        }
        return JsonTree.ToUtf8(new JsonObject { ["metadata"] = metadata });
    }
}
