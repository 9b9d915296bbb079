using System.Buffers;
using System.Text.Json;
using Proa.Api.Models;
using Proa.Api.Models.Core;

namespace Proa.Node.Statuses;

/// <summary>
/// Makes the strategic merge patch that turns one status into another. Only what changed is sent, and of the conditions
/// only the node agent's own, so that another writer's (a readiness gate's) are never undone. The uid guards against a
/// pod of the same name that came since.
/// </summary>
internal static class StatusPatch
{
    /// <returns>Null when nothing differs.</returns>
    public static byte[]? Make(string uid, PodStatus from, PodStatus to)
    {
        using var before = JsonDocument.Parse(Model.ToUtf8(from));
        using var after = JsonDocument.Parse(Model.ToUtf8(to));
        var buffer = new ArrayBufferWriter<byte>(1024);
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartObject();
        writer.WriteStartObject("metadata"u8);
        writer.WriteString("uid"u8, uid);
        writer.WriteEndObject();
        writer.WriteStartObject("status"u8);
        var changed = false;
        foreach (var field in after.RootElement.EnumerateObject())
        {
            if (before.RootElement.TryGetProperty(field.Name, out var old) && JsonElement.DeepEquals(old, field.Value))
            {
                continue;
            }
            changed = true;
            if (field.NameEquals("conditions"u8))
            {
                WriteConditions(writer, from, to);
            }
            else if (field.NameEquals("podIPs"u8) || field.NameEquals("hostIPs"u8))
            {
                WriteAddresses(writer, field, before.RootElement.TryGetProperty(field.Name, out old) ? old : default);
            }
            else
            {
                field.WriteTo(writer);
            }
        }
        foreach (var field in before.RootElement.EnumerateObject())
        {
            if (!after.RootElement.TryGetProperty(field.Name, out _))
            {
                changed = true;
                writer.WriteNull(field.Name);
            }
        }
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.Flush();
        return changed ? buffer.WrittenSpan.ToArray() : null;
    }

    /// <summary>Merged by address: one that is no more has to be named, or it stays beside the new one.</summary>
    private static void WriteAddresses(Utf8JsonWriter writer, JsonProperty addresses, JsonElement before)
    {
        writer.WriteStartArray($"$setElementOrder/{addresses.Name}");
        foreach (var address in addresses.Value.EnumerateArray())
        {
            address.WriteTo(writer);
        }
        writer.WriteEndArray();
        writer.WriteStartArray(addresses.Name);
        foreach (var address in addresses.Value.EnumerateArray())
        {
            address.WriteTo(writer);
        }
        foreach (var old in before.ValueKind == JsonValueKind.Array ? [.. before.EnumerateArray()] : Array.Empty<JsonElement>())
        {
            if (!addresses.Value.EnumerateArray().Any(address => JsonElement.DeepEquals(address, old)))
            {
                writer.WriteStartObject();
                writer.WriteString("ip"u8, old.GetProperty("ip"u8).GetString());
                writer.WriteString("$patch"u8, "delete"u8);
                writer.WriteEndObject();
            }
        }
        writer.WriteEndArray();
    }

    private static void WriteConditions(Utf8JsonWriter writer, PodStatus from, PodStatus to)
    {
        writer.WriteStartArray("$setElementOrder/conditions"u8);
        foreach (var condition in to.Conditions)
        {
            writer.WriteStartObject();
            writer.WriteString("type"u8, condition.Type);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteStartArray("conditions"u8);
        foreach (var condition in to.Conditions)
        {
            if (!PodConditions.IsOwn(condition.Type))
            {
                continue;
            }
            var old = from.Conditions.FirstOrDefault(known => known.Type == condition.Type);
            if (old == condition)
            {
                continue;
            }
            using var json = JsonDocument.Parse(Model.ToUtf8(condition));
            writer.WriteStartObject();
            foreach (var field in json.RootElement.EnumerateObject())
            {
                field.WriteTo(writer);
            }
            if (old?.Reason is not null && condition.Reason is null)
            {
                writer.WriteNull("reason"u8);
            }
            if (old?.Message is not null && condition.Message is null)
            {
                writer.WriteNull("message"u8);
            }
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }
}
