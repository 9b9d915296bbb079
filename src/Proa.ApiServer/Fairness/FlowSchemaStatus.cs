using Proa.Api.Json;
using Proa.ApiServer.Objects;
using Proa.ApiServer.Pipeline;
using Proa.Client;
using Proa.Store;

namespace Proa.ApiServer.Fairness;

/// <summary>Says in the status of each FlowSchema whether the priority level that it names exists.</summary>
public sealed class FlowSchemaStatus(IObjectStore store, IClusterClient client, TimeProvider time)
{
    private const string Group = "flowcontrol.apiserver.k8s.io";
    private const string Schemas = "flowschemas." + Group;
    private const string Levels = "prioritylevelconfigurations." + Group;
    private const string Manager = "api-priority-and-fairness-config-consumer-v1";

    /// <summary>Follows the store until cancelled.</summary>
    public Task RunAsync(CancellationToken ct) => Task.WhenAll(FollowAsync(Schemas, ct), FollowAsync(Levels, ct));

    private async Task FollowAsync(string collection, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            using var watch = store.Watch(collection, null, store.Revision);
            try
            {
                await SetAllAsync(ct);
                while (watch is not null && await watch.Changes.WaitToReadAsync(ct))
                {
                    while (watch.Changes.TryRead(out _))
                    {
                    }
                    await SetAllAsync(ct);
                }
                if (watch is { Overrun: false })
                {
                    return;
                }
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task SetAllAsync(CancellationToken ct)
    {
        foreach (var stored in store.List(Schemas, null)!.Items)
        {
            var schema = JsonTree.ParseObject(stored.Json.Span);
            var level = schema.Object("spec")?.Object("priorityLevelConfiguration")?.String("name") ?? "";
            var found = store.Get(new(Levels, "", level)) is not null;
            var wanted = found ? "False" : "True";
            var condition = (schema.Object("status")?.Array("conditions") ?? []).OfType<JsonObject>().FirstOrDefault(item => item.String("type") == "Dangling");
            var message = found
                ? $"This FlowSchema references the PriorityLevelConfiguration object named \"{level}\" and it exists"
                : $"This FlowSchema references the PriorityLevelConfiguration object named \"{level}\" but there is no such object";
            if (condition?.String("status") == wanted && condition.String("message") == message)
            {
                continue;
            }
            var now = condition?.String("status") == wanted ? condition.String("lastTransitionTime") ?? Metadata.Time(time.GetUtcNow()) : Metadata.Time(time.GetUtcNow());
            var patch = new JsonObject
            {
                ["apiVersion"] = $"{Group}/v1",
                ["kind"] = "FlowSchema",
                ["metadata"] = new JsonObject { ["name"] = stored.Key.Name },
                ["status"] = new JsonObject
                {
                    ["conditions"] = new JsonArray(
                    [
                        new JsonObject
                        {
                            ["type"] = "Dangling", ["status"] = wanted, ["lastTransitionTime"] = now, ["reason"] = found ? "Found" : "NotFound", ["message"] = message,
                        },
                    ]),
                },
            };
            await client.PatchAsync(
                new(Group, "v1", "flowschemas", null, stored.Key.Name, "status"), PatchKind.Apply, JsonTree.ToUtf8(patch), new WriteOptions(Manager, Force: true), ct);
        }
    }
}
