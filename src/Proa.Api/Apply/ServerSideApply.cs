using Proa.Api.Json;
using Proa.Api.Schema;

namespace Proa.Api.Apply;

/// <summary>
/// Server-side apply: lays a configuration over the live object, removes what the same applier set before and names no
/// more (unless another owns it), and finds conflicts with other owners.
/// </summary>
public static class ServerSideApply
{
    /// <param name="live">Null: the object is created.</param>
    /// <param name="applied">The configuration, normalised but without defaults; it must not have <c>managedFields</c>.</param>
    /// <param name="resetFields">Top-level fields that this write cannot set, such as <c>status</c>.</param>
    /// <param name="force">Take fields that conflict.</param>
    public static ApplyResult Apply(
        ObjectSchema schema, JsonObject? live, JsonObject applied, FieldOwner owner, IReadOnlyList<string> resetFields, bool force, DateTimeOffset now)
    {
        if (applied.Object("metadata")?.ContainsKey("managedFields") == true)
        {
            return new(null, [], new(400, "metadata.managedFields must be nil"));
        }
        if (FindDuplicate(schema.Root, ManagedFields.Stripped(applied), "") is { } duplicate)
        {
            var metadata = applied.Object("metadata");
            return new(null, [], new(500, $"failed to create typed patch object ({metadata?.String("namespace")}/{metadata?.String("name")}; {applied.String("apiVersion")}, Kind={applied.String("kind")}): {duplicate}"));
        }
        var node = schema.Root;
        var before = live ?? schema.Zero.CloneObject();
        var entries = ManagedFieldsEntry.ReadAll(live);
        var own = entries.Find(entry => entry.Applied && entry.Owner.Manager == owner.Manager && entry.Owner.Subresource == owner.Subresource);
        var last = own?.Fields;

        var configuration = ManagedFields.Stripped(applied);
        foreach (var field in resetFields)
        {
            configuration.Remove(field);
        }
        var set = FieldSetBuilder.Of(node, configuration);
        if (set.Find("f:metadata") is { IsMember: true })
        {
            // Empty but for what the system sets: nobody owns that.
            set.Drop("f:metadata");
        }
        var merged = (JsonObject)TypedMerge.Merge(node, before, WithIdentity(configuration, applied));
        if (own is null)
        {
            entries.Add(own = new() { Owner = owner, Applied = true, Fields = set });
        }
        else
        {
            entries[entries.IndexOf(own)] = own = new() { Owner = owner, Applied = true, Fields = set, Time = own.Time };
        }
        if (last is { IsEmpty: false })
        {
            merged = Prune(node, merged, entries, last);
        }

        var comparison = ManagedFields.Compare(schema, before, merged);
        var conflicts = new List<FieldConflict>();
        foreach (var entry in entries)
        {
            if (entry != own)
            {
                var lost = entry.Fields.Intersection(comparison.Changed);
                conflicts.AddRange(lost.Paths().Select(path => new FieldConflict(path, entry.Owner, entry.Applied)));
                entry.Fields = entry.Fields.Difference(lost).Difference(comparison.Removed);
            }
        }
        if (conflicts.Count > 0 && !force)
        {
            return new(null, conflicts, null);
        }
        // The original leaves the time alone when only ownership changed.
        if (live is null || !comparison.IsSame)
        {
            own.Time = ManagedFields.Timestamp(now);
        }
        ManagedFieldsEntry.WriteAll(merged, entries);
        return new(merged, [], null);
    }

    private static JsonObject WithIdentity(JsonObject configuration, JsonObject applied)
    {
        var whole = configuration.CloneObject();
        whole["apiVersion"] = applied["apiVersion"];
        whole["kind"] = applied["kind"];
        var metadata = whole.EnsureObject("metadata");
        foreach (var name in new[] { "name", "namespace" })
        {
            if (applied.Object("metadata")?[name] is { } value)
            {
                metadata[name] = value;
            }
        }
        return whole;
    }

    /// <summary>Removes what the applier owned and no longer names, keeps what others own and what lies in what is kept.</summary>
    private static JsonObject Prune(SchemaNode node, JsonObject merged, List<ManagedFieldsEntry> entries, FieldSet last)
    {
        var named = FieldRemoval.WithNamedFields(node, last);
        var pruned = FieldRemoval.Remove(node, merged, named) as JsonObject ?? new JsonObject();

        var owned = entries.Aggregate(new FieldSet(), (all, entry) => all.Union(entry.Fields));
        var mergedSet = FieldRemoval.WithNamedFields(node, FieldSetBuilder.Of(node, merged));
        var gone = mergedSet.Difference(FieldRemoval.WithNamedFields(node, FieldSetBuilder.Of(node, pruned)));
        var notOwned = gone.Difference(FieldRemoval.WithNamedFields(node, owned));
        pruned = FieldRemoval.Remove(node, merged, notOwned) as JsonObject ?? new JsonObject();

        // What went only because something above it went was never the applier's to remove.
        var dangling = mergedSet.Difference(FieldRemoval.WithNamedFields(node, FieldSetBuilder.Of(node, pruned)));
        var result = FieldRemoval.Remove(node, merged, dangling.Intersection(named)) as JsonObject ?? new JsonObject();
        foreach (var name in new[] { "apiVersion", "kind", "metadata" })
        {
            if (merged[name] is { } value && !result.ContainsKey(name))
            {
                result[name] = value;
            }
        }
        return result;
    }

    private static string? FindDuplicate(SchemaNode? node, JsonValue value, string path)
    {
        switch (FieldWalk.Form(node, value))
        {
            case FieldForm.Members:
                foreach (var (name, member) in (JsonObject)value)
                {
                    if (FindDuplicate(FieldWalk.Member(node, name), member, $"{path}.{name}") is { } found)
                    {
                        return found;
                    }
                }
                return null;
            case FieldForm.Items:
                var seen = new HashSet<string>(StringComparer.Ordinal);
                foreach (var item in (JsonArray)value)
                {
                    if (PathElement.Item(node!, item) is not { } element)
                    {
                        continue;
                    }
                    if (!seen.Add(element))
                    {
                        return $"{path}: duplicate entries for key {PathElement.Display(element)}";
                    }
                    if (FindDuplicate(node!.Element, item, path + PathElement.Display(element)) is { } found)
                    {
                        return found;
                    }
                }
                return null;
            default:
                return null;
        }
    }
}
