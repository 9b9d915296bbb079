using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Core;

internal sealed class NamespaceStrategy() : KindStrategy(new("", "v1", "Namespace"), new(Namespaced: false, HasStatus: true, CountsGeneration: false)), IPartRules
{
    private const string NameLabel = "kubernetes.io/metadata.name";

    public override IReadOnlyList<string> SelectableFields { get; } = ["status.phase"];

    public override void ApplyDefaults(JsonObject obj)
    {
        var metadata = obj.EnsureObject("metadata");
        if (metadata.Text("name") is { Length: > 0 } name)
        {
            metadata.EnsureObject("labels")[NameLabel] = name;
        }
        obj.EnsureObject("status").Default("phase", "Active");
    }

    public override void PrepareForCreate(JsonObject obj)
    {
        // The name may have been generated since.
        ApplyDefaults(obj);
        obj["status"] = new JsonObject { ["phase"] = "Active" };
        var finalizers = obj.EnsureObject("spec").Array("finalizers") ?? [];
        if (!finalizers.Any(f => f is JsonString { Value: "kubernetes" }))
        {
            finalizers.Add("kubernetes");
        }
        obj.EnsureObject("spec")["finalizers"] = finalizers;
    }

    public override void PrepareForUpdate(JsonObject obj, JsonObject old)
    {
        base.PrepareForUpdate(obj, old);
        // Finalizers go through their own subresource.
        obj.EnsureObject("spec")["finalizers"] = old.Object("spec")?["finalizers"]?.Clone();
    }

    protected override string[] NameForm(string name) => Names.DnsLabel(name);

    public IReadOnlyList<FieldError> ValidatePart(JsonObject obj, JsonObject old, string subresource)
    {
        var errors = new FieldErrors();
        ObjectMetaRules.ValidateUpdate(obj, old, Passes, errors);
        Finalizers(obj, indexed: true, errors);
        return errors.All;
    }

    protected override void Check(JsonObject obj, FieldErrors errors) => Finalizers(obj, indexed: false, errors);

    protected override void CheckUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
    }

    protected override void CheckStatusUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        var phase = obj.Sub("status").Text("phase");
        var deleting = obj.Sub("metadata").ContainsKey("deletionTimestamp");
        if (!deleting && phase != "Active")
        {
            errors.Invalid("status.Phase", phase, "may only be 'Active' if `deletionTimestamp` is empty");
        }
        else if (deleting && phase != "Terminating")
        {
            errors.Invalid("status.Phase", phase, "may only be 'Terminating' if `deletionTimestamp` is not empty");
        }
    }

    private static void Finalizers(JsonObject obj, bool indexed, FieldErrors errors)
    {
        var i = 0;
        foreach (var item in obj.Sub("spec").Array("finalizers") ?? [])
        {
            var name = (item as JsonString)?.Value ?? "";
            var at = indexed ? $"spec.finalizers[{i++}]" : "spec.finalizers";
            errors.Invalid(at, name, Names.QualifiedName(name));
            if (!name.Contains('/') && name is not ("kubernetes" or "orphan" or "foregroundDeletion"))
            {
                errors.Invalid(at, name, "name is neither a standard finalizer name nor is it fully qualified");
            }
        }
    }
}
