using Proa.Api.Json;
using Proa.Api.Kinds.Pods;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Storage;

internal sealed class VolumeAttachmentStrategy()
    : KindStrategy(new("storage.k8s.io", "v1", "VolumeAttachment"), new(Namespaced: false, HasStatus: true, CountsGeneration: false))
{
    public override bool AllowsUnconditionalUpdate => false;

    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        var spec = obj.Sub("spec");
        CsiDriverNames.Check(spec.Text("attacher"), "spec.attacher", errors);
        const string OneOf = "must specify exactly one of inlineVolumeSpec and persistentVolumeName";
        var source = spec.Sub("source");
        var (inline, name) = (source.Object("inlineVolumeSpec"), source.String("persistentVolumeName"));
        if (inline is null && name is null)
        {
            errors.Required("spec.source", OneOf);
        }
        else if (inline is not null && name is not null)
        {
            errors.Forbidden("spec.source", OneOf);
        }
        else if (name?.Length == 0)
        {
            errors.Required("spec.source.persistentVolumeName", "must specify non empty persistentVolumeName");
        }
        errors.Invalid("spec.nodeName", spec.Text("nodeName"), Names.DnsSubdomain(spec.Text("nodeName")));
        if (name is not null)
        {
            errors.Invalid("spec.source.persistentVolumeName", name, Names.DnsSubdomain(name));
        }
    }

    protected override void CheckUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        Check(obj, errors);
        if (!FieldErrors.Same(obj["spec"], old["spec"]))
        {
            var spec = obj.Sub("spec");
            errors.Invalid("spec", new JsonObject
            {
                ["Attacher"] = spec.Text("attacher"),
                ["Source"] = new JsonObject
                {
                    ["PersistentVolumeName"] = spec.Sub("source")["persistentVolumeName"] ?? JsonNull.Instance,
                    ["InlineVolumeSpec"] = spec.Sub("source")["inlineVolumeSpec"] ?? JsonNull.Instance,
                },
                ["NodeName"] = spec.Text("nodeName"),
            }, "field is immutable");
        }
    }
}
