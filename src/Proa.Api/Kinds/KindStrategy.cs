using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds;

/// <summary>What most kinds have in common; a kind overrides what is particular. Alone it serves the kinds without rules of their own.</summary>
public class KindStrategy : IKindStrategy
{
    private readonly KindTraits _traits;

    public KindStrategy(GroupVersionKind gvk, KindTraits traits)
    {
        Gvk = gvk;
        _traits = traits;
        Passes = MetadataPasses.Of(gvk.Group, gvk.Kind);
    }

    public GroupVersionKind Gvk { get; }

    public bool HasStatus => _traits.HasStatus;

    public virtual bool TakesStatusOnCreate => false;

    public virtual bool AllowsCreateOnUpdate => false;

    public virtual bool AllowsUnconditionalUpdate => true;

    public virtual IReadOnlyList<string> SelectableFields => [];

    public virtual void ApplyDefaults(JsonObject obj)
    {
    }

    public virtual void PrepareForCreate(JsonObject obj)
    {
        DropGated(obj, null);
        if (_traits.HasStatus)
        {
            ResetStatus(obj);
        }
        if (_traits.CountsGeneration)
        {
            obj.EnsureObject("metadata")["generation"] = 1;
        }
    }

    public virtual void PrepareForUpdate(JsonObject obj, JsonObject old)
    {
        DropGated(obj, old);
        if (_traits.HasStatus)
        {
            Keep(obj, old, "status");
        }
        CountGeneration(obj, old);
    }

    public virtual void PrepareForStatusUpdate(JsonObject obj, JsonObject old)
    {
        foreach (var name in obj.Keys.Where(k => k is not ("apiVersion" or "kind" or "metadata" or "status")).ToList())
        {
            obj.Remove(name);
        }
        foreach (var (name, value) in old)
        {
            if (name is not ("apiVersion" or "kind" or "metadata" or "status"))
            {
                obj[name] = value.Clone();
            }
        }
        foreach (var name in KeptByStatus)
        {
            obj.EnsureObject("metadata")[name] = old.Object("metadata")?[name]?.Clone();
        }
        KeepGeneration(obj, old);
    }

    public IReadOnlyList<FieldError> Validate(JsonObject obj)
    {
        var errors = new FieldErrors();
        ObjectMetaRules.Validate(obj, _traits.Namespaced, NameForm, Passes, errors);
        Check(obj, errors);
        return errors.All;
    }

    public IReadOnlyList<FieldError> ValidateUpdate(JsonObject obj, JsonObject old)
    {
        var errors = new FieldErrors();
        ObjectMetaRules.ValidateUpdate(obj, old, Passes, errors);
        CheckUpdate(obj, old, errors);
        return errors.All;
    }

    public IReadOnlyList<FieldError> ValidateStatusUpdate(JsonObject obj, JsonObject old)
    {
        var errors = new FieldErrors();
        ObjectMetaRules.ValidateUpdate(obj, old, Passes, errors);
        CheckStatusUpdate(obj, old, errors);
        return errors.All;
    }

    public virtual string FieldValue(JsonObject obj, string field)
    {
        JsonValue? at = obj;
        foreach (var name in field.Split('.'))
        {
            at = (at as JsonObject)?[name];
        }
        return at switch
        {
            JsonString s => s.Value,
            JsonNumber n => n.Text,
            JsonBool b => b.Value ? "true" : "false",
            _ => "",
        };
    }

    public virtual IReadOnlyList<string> Warnings(JsonObject obj, JsonObject? old) => [];

    /// <summary>The metadata that a write of the status leaves as it is: none by default.</summary>
    protected virtual IReadOnlyList<string> KeptByStatus => [];

    /// <summary>All of it that clients write: for <see cref="KeptByStatus"/>.</summary>
    protected static IReadOnlyList<string> WholeMetadata { get; } = ["labels", "annotations", "finalizers", "ownerReferences"];

    /// <summary>How often the kind looks at the metadata itself.</summary>
    protected MetadataPasses Passes { get; init; }

    /// <summary>What names of this kind must be like.</summary>
    protected virtual string[] NameForm(string name) => Names.DnsSubdomain(name);

    /// <summary>The rules of the object itself; on an update run by <see cref="CheckUpdate"/>.</summary>
    protected virtual void Check(JsonObject obj, FieldErrors errors)
    {
    }

    /// <summary>The rules of a change; by default those of the new object.</summary>
    protected virtual void CheckUpdate(JsonObject obj, JsonObject old, FieldErrors errors) => Check(obj, errors);

    protected virtual void CheckStatusUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
    }

    /// <summary>Whether the wanted state changed, so that the generation counts up: by default anything but metadata and status.</summary>
    protected virtual bool WantedStateChanged(JsonObject obj, JsonObject old)
    {
        if (TellsEmptyFromNone && obj.HidesOwn)
        {
            return true;
        }
        foreach (var (name, value) in obj)
        {
            if (name is not ("apiVersion" or "kind" or "metadata" or "status") && (!value.DeepEquals(old[name]) || (TellsEmptyFromNone && value.HidesAny())))
            {
                return true;
            }
        }
        foreach (var (name, _) in old)
        {
            if (name is not ("apiVersion" or "kind" or "metadata" or "status") && !obj.ContainsKey(name))
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>The original compares this kind to the letter: an empty list that is sent for none is a change, though nothing is stored of it.</summary>
    protected virtual bool TellsEmptyFromNone => false;

    /// <summary>What the status of a new object is; removed by default, which normalisation makes <c>{}</c> where the kind prints it.</summary>
    protected virtual void ResetStatus(JsonObject obj) => obj.Remove("status");

    /// <summary>
    /// Drops a field whose feature is off in this version of the original, as it does: unless the stored object has it from a
    /// time when it was on.
    /// </summary>
    /// <param name="path">Its place: <c>spec</c>, <c>strategy</c>.</param>
    protected static void DropUngated(JsonObject obj, JsonObject? old, params ReadOnlySpan<string> path)
    {
        var (holder, before) = (obj, old);
        foreach (var name in path[..^1])
        {
            holder = holder?.Object(name);
            before = before?.Object(name);
        }
        if (holder is not null && (before is null || !before.ContainsKey(path[^1])))
        {
            holder.Remove(path[^1]);
        }
    }

    /// <summary>Takes out fields of features that are switched off, unless <paramref name="old"/> has them.</summary>
    protected virtual void DropGated(JsonObject obj, JsonObject? old)
    {
    }

    protected static void Keep(JsonObject obj, JsonObject old, string member) => obj[member] = old[member]?.Clone();

    private void CountGeneration(JsonObject obj, JsonObject old)
    {
        if (!_traits.CountsGeneration)
        {
            return;
        }
        KeepGeneration(obj, old);
        if (WantedStateChanged(obj, old))
        {
            var metadata = obj.EnsureObject("metadata");
            metadata["generation"] = (metadata.Int("generation") ?? 0) + 1;
        }
    }

    private static void KeepGeneration(JsonObject obj, JsonObject old) =>
        obj.EnsureObject("metadata")["generation"] = old.Object("metadata")?["generation"];
}
