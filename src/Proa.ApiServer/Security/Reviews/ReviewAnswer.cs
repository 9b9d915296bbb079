using Proa.Api.Json;
using Proa.ApiServer.Pipeline;

namespace Proa.ApiServer.Security.Reviews;

/// <summary>
/// The answer to a review: what was sent, with a status. Kubernetes tracks field ownership even of these objects, which it
/// never keeps, and clients that compare answers see it.
/// </summary>
internal static class ReviewAnswer
{
    public static ApiResponse Created(ApiRequest request, JsonObject body, JsonObject status, TimeProvider time)
    {
        var metadata = body.EnsureObject("metadata");
        if (body.Object("spec") is { Count: > 0 } spec)
        {
            metadata["managedFields"] = new JsonArray([Owned(request, body, spec, time)]);
        }
        return Created(body, status);
    }

    /// <summary>With no word about who owns the fields.</summary>
    public static ApiResponse Created(JsonObject body, JsonObject status)
    {
        var answer = new JsonObject
        {
            ["kind"] = body.String("kind") ?? "",
            ["apiVersion"] = body.String("apiVersion") ?? "",
            ["metadata"] = body.Object("metadata") ?? [],
        };
        if (body["spec"] is { } sent)
        {
            answer["spec"] = sent;
        }
        answer["status"] = status;
        return ApiResponse.Of(201, answer);
    }

    private static JsonObject Owned(ApiRequest request, JsonObject body, JsonObject spec, TimeProvider time) => new()
    {
        ["manager"] = Manager(request.UserAgent),
        ["operation"] = "Update",
        ["apiVersion"] = body.String("apiVersion") ?? "",
        ["time"] = Now(time),
        ["fieldsType"] = "FieldsV1",
        ["fieldsV1"] = new JsonObject { ["f:spec"] = Fields(spec, isMap: false) },
    };

    // In the specs of reviews all lists are atomic, and "extra" is the one map.
    private static JsonObject Fields(JsonObject value, bool isMap)
    {
        var fields = new JsonObject();
        if (isMap)
        {
            fields["."] = new JsonObject();
        }
        foreach (var (name, member) in value)
        {
            fields["f:" + name] = member is JsonObject { Count: > 0 } inner ? WithDot(Fields(inner, name == "extra")) : new JsonObject();
        }
        return fields;
    }

    // A pointer's own presence is a field too.
    private static JsonObject WithDot(JsonObject fields)
    {
        fields["."] = new JsonObject();
        return fields;
    }

    /// <summary>RFC 3339 with whole seconds.</summary>
    public static string Now(TimeProvider time) =>
        time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);

    private static string Manager(string userAgent)
    {
        var slash = userAgent.IndexOf('/');
        return slash < 0 ? userAgent : userAgent[..slash];
    }
}
