using Proa.Api.Json;
using Proa.Api.Meta;
using Proa.ApiServer.Admission.Matching;
using Proa.ApiServer.Security;
using Proa.ApiServer.Types;
using Proa.ApiServer.Webhooks;

namespace Proa.ApiServer.Admission.Webhooks;

/// <summary>Writes reviews and reads their answers. Pure.</summary>
internal static class AdmissionReviews
{
    public static JsonObject Request(string uid, string reviewVersion, AdmissionRequest request, ServedType matched, JsonObject? obj, JsonObject? old)
    {
        var body = new JsonObject
        {
            ["uid"] = uid,
            ["kind"] = Kind(request.KindFor(matched)),
            ["resource"] = Resource(matched),
        };
        if (request.Subresource.Length > 0)
        {
            body["subResource"] = request.Subresource;
        }
        body["requestKind"] = Kind(request.KindFor(request.Type));
        body["requestResource"] = Resource(request.Type);
        if (request.Subresource.Length > 0)
        {
            body["requestSubResource"] = request.Subresource;
        }
        // The name of a namespace is its namespace, too.
        var ns = request.Type.Collection == "namespaces" ? request.Name : request.Namespace;
        if (request.Name.Length > 0)
        {
            body["name"] = request.Name;
        }
        if (ns.Length > 0)
        {
            body["namespace"] = ns;
        }
        body["operation"] = ResourceRule.OperationName(request.Operation);
        body["userInfo"] = User(request.User);
        body["object"] = obj ?? (JsonValue)JsonNull.Instance;
        body["oldObject"] = old ?? (JsonValue)JsonNull.Instance;
        body["dryRun"] = request.DryRun;
        body["options"] = request.Options?.Clone() ?? JsonNull.Instance;
        return new() { ["kind"] = "AdmissionReview", ["apiVersion"] = "admission.k8s.io/" + reviewVersion, ["request"] = body };
    }

    /// <returns>The <c>response</c>.</returns>
    /// <exception cref="WebhookCallException">It is not what was asked for.</exception>
    public static JsonObject Response(string uid, string reviewVersion, bool mutating, JsonObject review)
    {
        CheckKind(review, reviewVersion);
        if (review.Object("response") is not { } response)
        {
            throw Invalid("webhook response was absent");
        }
        if (response.String("patch") is { } patch && BadBase64(patch) is { } at)
        {
            throw new WebhookCallException($"failed to call webhook: illegal base64 data at input byte {at}");
        }
        if (reviewVersion != "v1")
        {
            if (mutating && response.String("patch") is { Length: > 0 } && response.String("patchType") is null or "")
            {
                response["patchType"] = "JSONPatch";
            }
            return response;
        }
        if (response.String("uid") != uid)
        {
            throw Invalid($"expected response.uid={new JsonString(uid)}, got {new JsonString(response.String("uid") ?? "")}");
        }
        var gvk = GroupVersionKind.Of(review.String("apiVersion") ?? "", review.String("kind") ?? "");
        if (gvk.Group != "admission.k8s.io" || gvk.Version != "v1" || gvk.Kind != "AdmissionReview")
        {
            throw Invalid($"expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got {gvk.Group}/{gvk.Version}, Kind={gvk.Kind}");
        }
        var hasPatch = response.String("patch") is { Length: > 0 };
        var hasType = response["patchType"] is not (null or JsonNull);
        if (!mutating && (hasPatch || hasType))
        {
            throw Invalid(hasPatch ? "validating webhook may not return response.patch" : "validating webhook may not return response.patchType");
        }
        if (hasPatch != hasType)
        {
            throw Invalid(hasPatch ? "webhook returned response.patch but not response.patchType" : "webhook returned response.patchType but not response.patch");
        }
        if (hasType && response.String("patchType") is not { Length: > 0 })
        {
            throw Invalid("webhook returned invalid response.patchType of \"\"");
        }
        return response;
    }

    /// <summary>The original's client converts only between what it sent and what it expects.</summary>
    private static void CheckKind(JsonObject review, string reviewVersion)
    {
        var gvk = GroupVersionKind.Of(review.String("apiVersion") ?? "", review.String("kind") ?? "");
        if (gvk.Group != "admission.k8s.io" || gvk.Version is not ("v1" or "v1beta1"))
        {
            return;
        }
        if (gvk.Kind != "AdmissionReview")
        {
            throw new WebhookCallException(
                $"failed to call webhook: no kind \"{gvk.Kind}\" is registered for version \"{review.String("apiVersion")}\" in scheme \"k8s.io/apiserver/pkg/util/webhook/client.go:71\"");
        }
        if (gvk.Version != reviewVersion)
        {
            throw new WebhookCallException(
                $"failed to call webhook: converting ({gvk.Version}.AdmissionReview) to ({reviewVersion}.AdmissionReview): unknown conversion");
        }
    }

    private static int? BadBase64(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsAsciiLetterOrDigit(text[i]) && text[i] is not ('+' or '/' or '=' or '\r' or '\n'))
            {
                return i;
            }
        }
        return Convert.TryFromBase64String(text, new byte[text.Length], out _) ? null : text.Length;
    }

    private static WebhookCallException Invalid(string reason) => new($"received invalid webhook response: {reason}");

    private static JsonObject Kind(GroupVersionKind gvk) => new() { ["group"] = gvk.Group, ["version"] = gvk.Version, ["kind"] = gvk.Kind };

    private static JsonObject Resource(ServedType type) => new() { ["group"] = type.Group, ["version"] = type.Version, ["resource"] = type.Plural };

    private static JsonObject User(UserInfo user)
    {
        var info = new JsonObject { ["username"] = user.Name };
        if (user.Uid.Length > 0)
        {
            info["uid"] = user.Uid;
        }
        if (user.Groups.Count > 0)
        {
            info["groups"] = new JsonArray(user.Groups.Select(static group => (JsonValue)group));
        }
        if (user.Extra.Count > 0)
        {
            var extra = new JsonObject();
            foreach (var (key, values) in user.Extra)
            {
                extra[key] = new JsonArray(values.Select(static value => (JsonValue)value));
            }
            info["extra"] = extra;
        }
        return info;
    }
}
