using System.Globalization;
using Proa.Api.Json;
using Proa.Api.Schema;

namespace Proa.Api.Apply;

/// <summary>
/// Field ownership through ordinary writes. The rules are those of the original's structured merge: a write that adds or
/// changes a field owns it and takes it from all others; a removed field is nobody's.
/// </summary>
public static class ManagedFields
{
    /// <summary>More writers than this are folded into one entry named <c>ancient-changes</c>.</summary>
    private const int MaxUpdaters = 10;

    private static readonly HashSet<string> s_systemMetadata =
        ["name", "namespace", "creationTimestamp", "selfLink", "uid", "generation", "managedFields", "resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds"];

    /// <summary>
    /// Sets <c>metadata.managedFields</c> of the new object, which is otherwise final: with defaults, and with all that the
    /// write must not change put back.
    /// </summary>
    /// <param name="live">Null on create.</param>
    public static void TrackUpdate(ObjectSchema schema, JsonObject? live, JsonObject updated, FieldOwner owner, DateTimeOffset now)
    {
        // A client may send the list it wants; an absent one means: as it was.
        var sent = updated.Object("metadata")?.Given("managedFields") as JsonArray;
        // An empty list forgets all; where none is sent, or only null, nothing was meant.
        var reset = owner.Subresource is null && sent is { Count: 0 } or [JsonObject { Count: 0 }];
        var entries = reset ? [] : ManagedFieldsEntry.ReadAll(sent is { Count: > 0 } ? updated : live);
        if (live is not null && entries.Count == 0 && !reset)
        {
            // What nobody owned when it was made, nobody comes to own by an update; only an apply begins it.
            return;
        }
        var comparison = Compare(schema, live ?? schema.Zero, updated);
        if (!comparison.IsSame)
        {
            Own(entries, owner, comparison, now);
        }
        ManagedFieldsEntry.WriteAll(updated, entries);
    }

    /// <summary>What differs, without what the system sets.</summary>
    internal static FieldComparison Compare(ObjectSchema schema, JsonObject live, JsonObject updated) =>
        FieldComparison.Of(schema.Root, Stripped(live), Stripped(updated));

    /// <summary>The object without the fields that nobody owns; shares its subtrees with the argument.</summary>
    internal static JsonObject Stripped(JsonObject obj)
    {
        var stripped = new JsonObject();
        foreach (var (name, value) in obj)
        {
            if (name is "apiVersion" or "kind")
            {
                continue;
            }
            if (name == "metadata" && value is JsonObject metadata)
            {
                var kept = new JsonObject();
                foreach (var (field, member) in metadata)
                {
                    if (!s_systemMetadata.Contains(field))
                    {
                        kept[field] = member;
                    }
                }
                stripped["metadata"] = kept;
                continue;
            }
            stripped[name] = value;
        }
        // Present on both sides, so that metadata itself is never a new field.
        stripped.EnsureObject("metadata");
        return stripped;
    }

    internal static string Timestamp(DateTimeOffset now) => now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static void Own(List<ManagedFieldsEntry> entries, FieldOwner owner, FieldComparison comparison, DateTimeOffset now)
    {
        ManagedFieldsEntry? own = null;
        foreach (var entry in entries)
        {
            if (!entry.Applied && entry.Owner == owner)
            {
                own = entry;
                entry.Fields = entry.Fields.Union(comparison.Changed).Difference(comparison.Removed);
            }
            else
            {
                entry.Fields = entry.Fields.Difference(comparison.Changed).Difference(comparison.Removed);
            }
        }
        if (own is null && !comparison.Changed.IsEmpty)
        {
            entries.Add(own = new() { Owner = owner, Applied = false, Fields = comparison.Changed });
        }
        if (own is not null)
        {
            own.Time = Timestamp(now);
        }
        FoldAncient(entries);
    }

    private static void FoldAncient(List<ManagedFieldsEntry> entries)
    {
        while (entries.Count(entry => !entry.Applied && !entry.Fields.IsEmpty) > MaxUpdaters)
        {
            var oldest = entries.Where(entry => !entry.Applied && entry.Owner.Manager != "ancient-changes")
                .OrderBy(entry => entry.Time ?? "", StringComparer.Ordinal).First();
            entries.Remove(oldest);
            var ancient = entries.Find(entry => !entry.Applied && entry.Owner.Manager == "ancient-changes" && entry.Owner.ApiVersion == oldest.Owner.ApiVersion);
            if (ancient is null)
            {
                entries.Add(new() { Owner = new("ancient-changes", oldest.Owner.ApiVersion), Applied = false, Time = oldest.Time, Fields = oldest.Fields });
            }
            else
            {
                ancient.Fields = ancient.Fields.Union(oldest.Fields);
                ancient.Time = oldest.Time;
            }
        }
    }
}
