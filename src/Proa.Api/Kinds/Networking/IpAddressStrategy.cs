using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Networking;

internal sealed class IpAddressStrategy() : KindStrategy(new("networking.k8s.io", "v1", "IPAddress"), new(Namespaced: false, HasStatus: false, CountsGeneration: false))
{
    public override IReadOnlyList<string> SelectableFields { get; } = ["spec.parentRef.group", "spec.parentRef.resource", "spec.parentRef.namespace", "spec.parentRef.name"];

    protected override string[] NameForm(string name) =>
        Addresses.TryParse(name, out var address) && address.ToString() == name ? [] : Addresses.TryParse(name, out address)
            ? [$"must be in canonical form (\"{address}\")"]
            : ["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"];

    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        if (obj.At("spec", "parentRef") is not { } parent)
        {
            errors.Required("spec.parentRef");
            return;
        }
        if (parent.Text("group") is { Length: > 0 } group)
        {
            errors.Invalid("spec.parentRef.group", group, Names.DnsSubdomain(group));
        }
        References.Segment(parent, "resource", "spec.parentRef", errors);
        References.Segment(parent, "name", "spec.parentRef", errors);
        if (parent.Text("namespace") is { Length: > 0 } ns)
        {
            errors.Invalid("spec.parentRef.namespace", ns, Names.PathSegment(ns));
        }
    }

    protected override void CheckUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        Check(obj, errors);
        errors.Immutable("spec.parentRef", Shown(obj), Shown(old));
    }

    /// <summary>As the original's internal type prints it.</summary>
    private static JsonObject? Shown(JsonObject obj) => obj.At("spec", "parentRef") is not { } parent ? null : new JsonObject
    {
        ["Group"] = parent.Text("group"),
        ["Resource"] = parent.Text("resource"),
        ["Namespace"] = parent.Text("namespace"),
        ["Name"] = parent.Text("name"),
    };
}
