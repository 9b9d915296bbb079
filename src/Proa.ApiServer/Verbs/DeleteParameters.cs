using System.Text.Json;
using Proa.Api.Json;
using Proa.Api.Models.Meta;
using Proa.Api.Protobuf;
using Proa.Api.Schema;
using Proa.ApiServer.Pipeline;
using Proa.Client;

namespace Proa.ApiServer.Verbs;

/// <summary>The checked options of a delete, from its body or its query.</summary>
internal sealed record DeleteParameters
{
    public long? Grace { get; init; }

    /// <summary><c>Background</c>, <c>Foreground</c>, <c>Orphan</c> or null.</summary>
    public string? Propagation { get; init; }

    public string? Uid { get; init; }

    public string? ResourceVersion { get; init; }

    public bool DryRun { get; init; }

    /// <summary>True when the client asked, in the old way, to be told that dependents are still there.</summary>
    public bool OrphanDependentsIsFalse { get; init; }

    public static ApiResult<DeleteParameters> Read(ApiRequest request)
    {
        JsonObject options;
        if (request.Body.IsEmpty)
        {
            options = FromQuery(request.Query);
        }
        else
        {
            try
            {
                switch (MediaType.Essence(request.ContentType))
                {
                    case "" or "application/json":
                        options = JsonTree.ParseObject(request.Body.Span);
                        break;
                    case "application/yaml":
                        options = YamlBody.Parse(request.Body) as JsonObject ?? [];
                        break;
                    case ProtobufAnswers.ContentType:
                        options = ProtobufDecoder.Decode(request.Body.Span, SchemaRegistry.BuiltIn);
                        break;
                    default:
                        return Statuses.UnsupportedMediaType(RequestBody.Accepted);
                }
            }
            catch (Exception e) when (e is JsonException or FormatException)
            {
                return Statuses.BadRequest($"couldn't decode the delete options: {e.Message}");
            }
        }
        var causes = new List<StatusCause>();
        var orphan = options.Bool("orphanDependents");
        var policy = options.String("propagationPolicy");
        if (orphan is not null && policy is not null)
        {
            causes.Add(Statuses.Cause("FieldValueInvalid", "propagationPolicy",
                $"Invalid value: \"{policy}\": orphanDependents and deletionPropagation cannot be both set"));
        }
        if (policy is not (null or "Background" or "Foreground" or "Orphan"))
        {
            causes.Add(Statuses.Cause("FieldValueNotSupported", "propagationPolicy",
                $"Unsupported value: \"{policy}\": supported values: \"Foreground\", \"Background\", \"Orphan\", \"nil\""));
        }
        var dryRun = ReadDryRun(options, request.Query, causes);
        if (causes.Count > 0)
        {
            return Statuses.Invalid("meta.k8s.io", "DeleteOptions", "", causes);
        }
        var preconditions = options.Object("preconditions");
        return new DeleteParameters
        {
            Grace = options.Int("gracePeriodSeconds"),
            Propagation = policy ?? (orphan is { } flag ? flag ? "Orphan" : "Background" : null),
            Uid = preconditions?.String("uid"),
            ResourceVersion = preconditions?.String("resourceVersion"),
            DryRun = dryRun,
            OrphanDependentsIsFalse = orphan == false,
        };
    }

    /// <summary>As webhooks and policies are shown them.</summary>
    public JsonObject ToJson()
    {
        var options = new JsonObject { ["kind"] = "DeleteOptions", ["apiVersion"] = "meta.k8s.io/v1" };
        if (Grace is { } grace)
        {
            options["gracePeriodSeconds"] = grace;
        }
        if (Uid is not null || ResourceVersion is not null)
        {
            var preconditions = new JsonObject();
            if (Uid is not null)
            {
                preconditions["uid"] = Uid;
            }
            if (ResourceVersion is not null)
            {
                preconditions["resourceVersion"] = ResourceVersion;
            }
            options["preconditions"] = preconditions;
        }
        if (Propagation is not null)
        {
            options["propagationPolicy"] = Propagation;
        }
        if (DryRun)
        {
            options["dryRun"] = new JsonArray(["All"]);
        }
        return options;
    }

    private static JsonObject FromQuery(RequestQuery query)
    {
        var options = new JsonObject();
        if (long.TryParse(query["gracePeriodSeconds"], out var grace))
        {
            options["gracePeriodSeconds"] = grace;
        }
        if (query["propagationPolicy"] is { Length: > 0 } policy)
        {
            options["propagationPolicy"] = policy;
        }
        if (query["orphanDependents"] is { Length: > 0 } orphan)
        {
            options["orphanDependents"] = orphan == "true";
        }
        return options;
    }

    private static bool ReadDryRun(JsonObject options, RequestQuery query, List<StatusCause> causes)
    {
        var any = false;
        var values = query.All("dryRun");
        foreach (var item in options.Array("dryRun") ?? [])
        {
            values.Add((item as JsonString)?.Value ?? "");
        }
        foreach (var value in values)
        {
            any = true;
            if (value != "All")
            {
                causes.Add(Statuses.Cause("FieldValueNotSupported", "dryRun", $"Unsupported value: [\"{value}\"]: supported values: \"All\""));
            }
        }
        return any;
    }
}
