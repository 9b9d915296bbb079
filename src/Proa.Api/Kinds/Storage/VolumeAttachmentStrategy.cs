using System.Text;
using Proa.Api.Json;
using Proa.Api.Kinds.Internal;
using Proa.Api.Kinds.Pods;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Storage;

internal sealed class VolumeAttachmentStrategy()
    : KindStrategy(new("storage.k8s.io", "v1", "VolumeAttachment"), new(Namespaced: false, HasStatus: true, CountsGeneration: false))
{
    private const int MostMetadata = 256 * 1024;
    private const int MostMessage = 1024;

    protected override IReadOnlyList<string> KeptByStatus => WholeMetadata;

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
        Status(obj.Sub("status"), errors);
    }

    protected override void CheckStatusUpdate(JsonObject obj, JsonObject old, FieldErrors errors) => CheckUpdate(obj, old, errors);

    private static void Status(JsonObject status, FieldErrors errors)
    {
        if (status.Sub("attachmentMetadata").Sum(static pair => Encoding.UTF8.GetByteCount(pair.Key) + Encoding.UTF8.GetByteCount((pair.Value as JsonString)?.Value ?? "")) > MostMetadata)
        {
            errors.Add(FieldError.TooLong("status.attachmentMetadata", MostMetadata));
        }
        foreach (var name in (ReadOnlySpan<string>)["attachError", "detachError"])
        {
            if (Encoding.UTF8.GetByteCount(status.Sub(name).Text("message")) > MostMessage)
            {
                // The original names the other limit.
                errors.Add(FieldError.TooLong($"status.{name}.message", MostMetadata));
            }
            if (status.Sub(name).Int("errorCode") is { } code and < 0)
            {
                errors.Invalid($"status.{name}.errorCode", code, Names.InRange(0, int.MaxValue));
            }
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
                    ["InlineVolumeSpec"] = spec.At("source", "inlineVolumeSpec") is { } inline ? InternalForms.Of("PersistentVolumeSpec", inline) : JsonNull.Instance,
                },
                ["NodeName"] = spec.Text("nodeName"),
            }, "field is immutable");
        }
    }
}
