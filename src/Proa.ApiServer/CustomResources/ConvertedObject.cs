using Proa.Api.Json;
using Proa.Api.Meta;
using Proa.ApiServer.Webhooks;

namespace Proa.ApiServer.CustomResources;

/// <summary>What a conversion webhook may answer: another shape of the same object, with the same metadata but labels and annotations. Pure.</summary>
internal static class ConvertedObject
{
    /// <summary>The objects of an answer.</summary>
    /// <exception cref="WebhookCallException">It tells a failure, or is not what was asked for.</exception>
    public static JsonArray Objects(JsonObject review, string uid, string version)
    {
        if (version == "v1")
        {
            var gvk = GroupVersionKind.Of(review.String("apiVersion") ?? "", review.String("kind") ?? "");
            if (gvk.Group != "apiextensions.k8s.io" || gvk.Version != "v1" || gvk.Kind != "ConversionReview")
            {
                throw new WebhookCallException($"expected webhook response of apiextensions.k8s.io/v1, Kind=ConversionReview, got {gvk.Group}/{gvk.Version}, Kind={gvk.Kind}");
            }
        }
        if (review.Object("response") is not { } response)
        {
            throw new WebhookCallException("no response provided");
        }
        if (version == "v1" && response.String("uid") != uid)
        {
            throw new WebhookCallException($"expected response.uid={new JsonString(uid)}, got {new JsonString(response.String("uid") ?? "")}");
        }
        var result = response.Object("result");
        if (result?.String("status") != "Success")
        {
            throw new WebhookCallException(result?.String("message") is { Length: > 0 } message ? message : $"response.result.status was '{result?.String("status")}', not 'Success'");
        }
        return response.Array("convertedObjects") ?? [];
    }

    /// <exception cref="ConversionFailedException">It is another object.</exception>
    public static void Check(JsonObject original, JsonObject converted, string apiVersion, string subject, string place)
    {
        var at = place == "invalid object" ? "invalid object at index 0" : place;
        if (converted.String("apiVersion") != apiVersion)
        {
            throw new ConversionFailedException($"conversion webhook for {subject} returned {at}: invalid groupVersion (expected {apiVersion}, received {converted.String("apiVersion")})");
        }
        if (converted.String("kind") != original.String("kind"))
        {
            throw new ConversionFailedException($"conversion webhook for {subject} returned {at}: invalid kind (expected {original.String("kind")}, received {converted.String("kind")})");
        }
        var (before, after) = (original.Object("metadata"), converted.Object("metadata"));
        foreach (var (field, word) in (ReadOnlySpan<(string, string)>)[("name", "name"), ("namespace", "namespace"), ("uid", "UID")])
        {
            if ((before?.String(field) ?? "") != (after?.String(field) ?? ""))
            {
                throw new ConversionFailedException($"conversion webhook for {subject} returned {place}: must have the same {word}: {before?.String(field)} != {after?.String(field)}");
            }
        }
    }

    /// <summary>All metadata is the original's; labels and annotations are the webhook's.</summary>
    /// <exception cref="ConversionFailedException">It has none, or none that can be.</exception>
    public static void RestoreMetadata(JsonObject original, JsonObject converted, string subject, string place)
    {
        if (converted["metadata"] is not { } given)
        {
            throw Invalid("missing metadata in converted object");
        }
        if (given is not JsonObject metadata)
        {
            throw Invalid($"invalid metadata of type {given.Kind} in converted object");
        }
        var kept = original.Object("metadata")?.CloneObject() ?? [];
        foreach (var field in (ReadOnlySpan<string>)["labels", "annotations"])
        {
            switch (metadata[field])
            {
                case null or JsonNull:
                    kept.Remove(field);
                    break;
                case JsonObject texts:
                    foreach (var (key, value) in texts)
                    {
                        if (value is not JsonString)
                        {
                            throw Invalid($"metadata.{field}[{key}] must be a string, but is {value.Kind} in converted object");
                        }
                    }
                    kept[field] = texts;
                    break;
                case var other:
                    throw Invalid($"invalid metadata.{field} of type {other.Kind} in converted object");
            }
        }
        converted["metadata"] = kept;

        ConversionFailedException Invalid(string reason) => new($"conversion webhook for {subject} returned {place}: {reason}");
    }
}
