using Proa.Api.Json;
using Proa.Api.Meta;
using Proa.Api.Models;
using Proa.Api.Models.Apps;
using Proa.Api.Models.Core;
using Proa.Client;
using Proa.Client.Informers;
using Proa.Controllers.Deployments;

namespace Proa.Controllers.Common;

/// <summary>The past templates of a controller's object, each a ControllerRevision, the newest with the highest number.</summary>
internal sealed class ControllerRevisions(IClusterClient client, IInformer<ControllerRevision> revisions)
{
    /// <param name="label">The label under which a revision carries its hash.</param>
    public async Task<ApiResult<(ControllerRevision Current, List<ControllerRevision> All)>> SyncAsync(
        IResource owner, PodTemplateSpec template, string label, int collisions, Func<ControllerRevision, ControllerRevision>? decorate, CancellationToken ct)
    {
        var all = revisions.ByIndex(Owners.ByController, owner.Metadata.Uid!).OrderBy(revision => revision.Revision).ToList();
        var data = Data(template);
        var newest = all.Count > 0 ? all[^1].Revision : 0;
        if (all.Find(revision => Same(revision, data)) is { } known)
        {
            if (known.Revision == newest)
            {
                return (known, all);
            }
            // Back to an old template: it becomes the newest again, under its old name.
            var renewed = await client.UpdateAsync(known with { Revision = newest + 1 }, ct);
            return renewed.Select(revision => (revision, all.Where(other => other.Metadata.Name != revision.Metadata.Name).Append(revision).ToList()));
        }
        var hash = TemplateHash.Of(template, collisions);
        var made = new ControllerRevision
        {
            Metadata = new()
            {
                Name = $"{owner.Metadata.Name}-{hash}",
                Namespace = owner.Metadata.Namespace,
                Labels = new Dictionary<string, string>(template.Metadata.Labels) { [label] = hash },
                OwnerReferences = [Owners.ControllerReference(owner)],
            },
            Data = new RawJson(data),
            Revision = newest + 1,
        };
        var answer = await client.CreateAsync(decorate is null ? made : decorate(made), ct);
        if (answer.Error is { Reason: "AlreadyExists" })
        {
            var there = await client.GetAsync<ControllerRevision>(owner.Metadata.Namespace, made.Metadata.Name!, ct);
            if (!there.Ok || !Owners.IsControlledBy(there.Value, owner) || !Same(there.Value, data))
            {
                return answer.Error;
            }
            answer = there;
        }
        return answer.Select(revision => (revision, all.Append(revision).ToList()));
    }

    /// <summary>Deletes the oldest past the limit, except those in use.</summary>
    public async Task TruncateAsync(List<ControllerRevision> all, HashSet<string> used, int limit, CancellationToken ct)
    {
        var idle = all.FindAll(revision => !used.Contains(revision.Metadata.Name!) && revision != all[^1]);
        for (var i = 0; i < idle.Count - limit; i++)
        {
            await client.DeleteAsync<ControllerRevision>(
                idle[i].Metadata.Namespace, idle[i].Metadata.Name!, new DeleteRequest(Uid: idle[i].Metadata.Uid), ct);
        }
    }

    /// <summary>The template that a revision holds.</summary>
    public static PodTemplateSpec Template(ControllerRevision revision)
    {
        var template = (JsonObject)((JsonObject)JsonTree.ParseObject(revision.Data!.Value.Utf8.Span)["spec"]!)["template"]!;
        template.Remove("$patch");
        return Model.Read<PodTemplateSpec>(JsonTree.ToUtf8(template));
    }

    private static bool Same(ControllerRevision revision, byte[] data) =>
        revision.Data is { } raw && JsonTree.Parse(raw.Utf8.Span).DeepEquals(JsonTree.Parse(data));

    // {"spec":{"template":{"$patch":"replace",...}}}: a strategic merge patch that would bring the template back. Clients compare its bytes
    // with those that they make of a template, whose members are by name.
    internal static byte[] Data(PodTemplateSpec template)
    {
        var json = JsonTree.ParseObject(Model.ToUtf8(template));
        json["$patch"] = "replace";
        return JsonTree.ToUtf8(TemplateHash.Sorted(new JsonObject { ["spec"] = new JsonObject { ["template"] = json } }));
    }
}
