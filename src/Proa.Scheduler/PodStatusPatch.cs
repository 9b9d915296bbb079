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

    /// <returns>Null when the pod's status says it already.</returns>
    public static ReadOnlyMemory<byte>? Unschedulable(Pod pod, string message, DateTimeOffset now)
    {
        var current = pod.Status.Conditions.FirstOrDefault(condition => condition.Type == Type);
        if (current is { Status: "False", Reason: Reason } && current.Message == message)
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
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
        return buffer.WrittenMemory;
    }
}
