using System.Buffers;
using System.Text.Json;
using Proa.Api.Models;
using Proa.Api.Models.Core;

namespace Proa.Scheduler;

/// <summary>The patch that says in a pod's status why it has no node.</summary>
internal static class PodStatusPatch
{
    private const string Type = "PodScheduled";
    private const string Reason = "Unschedulable";

    /// <param name="promised">The node that is being made free for it; empty: none any more; null: as before.</param>
    /// <returns>Null when the pod's status says it already.</returns>
    public static ReadOnlyMemory<byte>? Unschedulable(Pod pod, string message, string? promised, DateTimeOffset now)
    {
        promised = promised == (pod.Status.NominatedNodeName ?? "") ? null : promised;
        var current = pod.Status.Conditions.FirstOrDefault(condition => condition.Type == Type);
        if (current is { Status: "False", Reason: Reason } && current.Message == message && promised is null)
        {
            return null;
        }
        var condition = new PodCondition
        {
            Type = Type,
            Status = "False",
            Reason = Reason,
            Message = message,
            ObservedGeneration = pod.Metadata.Generation,
            LastTransitionTime = current?.Status == "False" ? current.LastTransitionTime : now,
        };
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            // A pod of the same name that came later is another pod.
            writer.WriteStartObject("metadata"u8);
            writer.WriteString("uid"u8, pod.Metadata.Uid);
            writer.WriteEndObject();
            writer.WriteStartObject("status"u8);
            writer.WriteStartArray("conditions"u8);
            condition.Write(writer);
            writer.WriteEndArray();
            if (promised is not null)
            {
                writer.WriteString("nominatedNodeName"u8, promised.Length > 0 ? promised : null);
            }
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
        return buffer.WrittenMemory;
    }
}
