using Proa.Api.Json;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Subresources;
using Proa.ApiServer.Types;
using Proa.ApiServer.Verbs;

namespace Proa.ApiServer.Admission.Matching;

/// <summary>A request's objects as a matched version has them, and back.</summary>
internal static class ObjectView
{
    /// <summary>To look at; it may be the object itself.</summary>
    public static JsonObject? Of(AdmissionRequest request, ServedType matched, JsonObject? obj, TypeCatalog types) =>
        obj is null || request.IsForeign ? obj
        : request.Subresource == "scale" ? ScaleView.Of(request.Type, obj)
        : types.FindRules(matched.Group, matched.Version, matched.Plural) is { IsStorage: false } rules ? rules.FromStored(obj.CloneObject())
        : obj;

    /// <summary>What somebody made of the object is decoded like what a client sends: pruned or refused, defaulted, in the stored version.</summary>
    public static Status? Take(AdmissionRequest request, ServedType matched, JsonObject changed, TypeCatalog types, FieldValidation validation)
    {
        if (request.IsForeign)
        {
            request.Object = changed;
            return null;
        }
        if (request.Subresource == "scale")
        {
            ScaleView.SetReplicas(request.Type, request.Object!, changed.Object("spec")?.Int("replicas") ?? 0);
            return null;
        }
        var rules = types.FindRules(matched.Group, matched.Version, matched.Plural)!;
        var decoded = rules.Check(changed, matched.Info.Gvk, validation, null, request.Warn);
        if (!decoded.Ok)
        {
            // What a client would be told, without the words about what it sent.
            var (message, lead) = (decoded.Error.Message ?? "", $"cannot be handled as a {matched.Kind}: ");
            return Statuses.InternalError(message.IndexOf(lead, StringComparison.Ordinal) is var at and >= 0 ? message[(at + lead.Length)..] : message);
        }
        request.Object = rules.ToStored(decoded.Value);
        return null;
    }
}
