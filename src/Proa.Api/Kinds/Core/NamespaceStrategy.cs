using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Core;

internal sealed class NamespaceStrategy() : KindStrategy(new("", "v1", "Namespace"), new(Namespaced: false, HasStatus: true, CountsGeneration: false))
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
}
