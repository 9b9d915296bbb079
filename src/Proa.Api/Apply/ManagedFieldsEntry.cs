using Proa.Api.Json;

namespace Proa.Api.Apply;

/// <summary>One entry of <c>metadata.managedFields</c>, decoded.</summary>
internal sealed class ManagedFieldsEntry
{
    public required FieldOwner Owner { get; init; }

    public required bool Applied { get; init; }

    /// <summary>RFC 3339; null when the entry came to be without changing the object.</summary>
    public string? Time { get; set; }

    public required FieldSet Fields { get; set; }

    public static List<ManagedFieldsEntry> ReadAll(JsonObject? obj)
    {
        var entries = new List<ManagedFieldsEntry>();
        foreach (var item in obj?.Object("metadata")?.Array("managedFields") ?? [])
        {
            if (item is JsonObject entry && entry.String("operation") is "Apply" or "Update" && ((JsonObject)item).String("fieldsType") == "FieldsV1")
            {
                entry = (JsonObject)item;
                entries.Add(new()
                {
                    Owner = new(entry.String("manager") ?? "", entry.String("apiVersion") ?? "", entry.String("subresource")),
                    Applied = entry.String("operation") == "Apply",
                    Time = entry.String("time"),
                    Fields = FieldSet.Read(entry["fieldsV1"]),
                });
            }
        }
        return entries;
    }

    /// <summary>Writes the entries in the original's order: applied ones first, then by time and name.</summary>
    public static void WriteAll(JsonObject obj, List<ManagedFieldsEntry> entries)
    {
        entries.RemoveAll(entry => entry.Fields.IsEmpty);
        entries.Sort(static (a, b) =>
        {
            var order = b.Applied.CompareTo(a.Applied);
            order = order != 0 ? order : string.CompareOrdinal(a.Time ?? "", b.Time ?? "");
            order = order != 0 ? order : string.CompareOrdinal(a.Owner.Manager, b.Owner.Manager);
            order = order != 0 ? order : string.CompareOrdinal(a.Owner.ApiVersion, b.Owner.ApiVersion);
            return order != 0 ? order : string.CompareOrdinal(a.Owner.Subresource, b.Owner.Subresource);
        });
        var metadata = obj.EnsureObject("metadata");
        if (entries.Count == 0)
        {
            metadata.Remove("managedFields");
            return;
        }
        metadata["managedFields"] = new JsonArray(entries.Select(entry => entry.ToJson()));
    }

    private JsonObject ToJson()
    {
        var json = new JsonObject
        {
            ["manager"] = Owner.Manager,
            ["operation"] = Applied ? "Apply" : "Update",
            ["apiVersion"] = Owner.ApiVersion,
        };
        if (Time is not null)
        {
            json["time"] = Time;
        }
        json["fieldsType"] = "FieldsV1";
        json["fieldsV1"] = Fields.ToJson();
        if (!string.IsNullOrEmpty(Owner.Subresource))
        {
            json["subresource"] = Owner.Subresource;
        }
        return json;
    }
}
