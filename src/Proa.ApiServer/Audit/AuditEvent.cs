using System.Buffers;
using System.Text.Json;
using Proa.Api.Json;
using Proa.Api.Models;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Security;

namespace Proa.ApiServer.Audit;

/// <summary>What is recorded of one request, a line of JSON for each of its stages. For one request; annotations may come from several threads.</summary>
public sealed class AuditEvent
{
    private static readonly JsonWriterOptions s_options = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };
    private readonly AuditLog _log;
    private readonly AuditRule _rule;
    private readonly RequestInfo _info;
    private readonly DateTimeOffset _received;
    private readonly SortedDictionary<string, string> _annotations = new(StringComparer.Ordinal);
    private JsonValue? _requestObject;
    private JsonObject? _sent;

    internal AuditEvent(AuditLog log, AuditRule rule, RequestInfo info, DateTimeOffset received) =>
        (_log, _rule, _info, _received) = (log, rule, info, received);

    public required string Id { get; init; }

    /// <summary>Path and query.</summary>
    public required string Uri { get; init; }

    public required UserInfo? User { get; init; }

    /// <summary>As whom the user acts, when it is somebody else.</summary>
    public UserInfo? Impersonated { get; init; }

    /// <summary>The verb that allows it where it is not allowed for all requests.</summary>
    public string Constraint { get; init; } = "";

    /// <summary>Where it comes from: the forwarding headers' word first, the peer last.</summary>
    public IReadOnlyList<string> Sources { get; init; } = [];

    public string UserAgent { get; init; } = "";

    /// <summary>Adds a note; what has been noted under a key stays.</summary>
    /// <param name="from">The level from which on it is recorded.</param>
    public void Annotate(string key, string value, AuditLevel from = AuditLevel.Metadata)
    {
        if (_rule.Level < from)
        {
            return;
        }
        lock (_annotations)
        {
            _annotations.TryAdd(key, value);
        }
    }

    internal void Received() => Write("RequestReceived", null);

    /// <summary>The body of a request that changes something: names the object, and from the level Request on is recorded.</summary>
    internal void Sent(ApiRequest request)
    {
        if (!_info.IsResource || request.Body.IsEmpty)
        {
            return;
        }
        try
        {
            _requestObject = MediaType.Essence(request.ContentType) switch
            {
                "application/yaml" or "application/apply-patch+yaml" => Proa.Api.Yaml.YamlTree.Parse(request.Body.Span),
                "application/vnd.kubernetes.protobuf" => Proa.Api.Protobuf.ProtobufDecoder.Decode(request.Body.Span, Proa.Api.Schema.SchemaRegistry.BuiltIn),
                _ => JsonTree.Parse(request.Body.Span),
            };
            _sent = _requestObject as JsonObject;
            if (_sent is not null && _info.Verb is "delete" or "deletecollection" && _sent.ContainsKey("apiVersion"))
            {
                // Options have no version of their own by then.
                _sent["apiVersion"] = "meta.k8s.io/__internal";
            }
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            // The answer says that it could not be read.
        }
    }

    /// <summary>The object that the body was read as, its defaults filled in.</summary>
    internal void Decoded(JsonObject obj)
    {
        if (_rule.Level >= AuditLevel.Request)
        {
            _requestObject = obj.CloneObject();
        }
    }

    /// <summary>A long-running request has begun to answer.</summary>
    internal void Started(int code)
    {
        Write("ResponseStarted", writer => Status(writer, code, null));
    }

    internal void Completed(ApiResponse answer) => Completed(answer, answer.Code);

    /// <param name="code">Of a stream, which sets its code itself.</param>
    internal void Completed(ApiResponse answer, int code) => Write("ResponseComplete", writer =>
    {
        Status(writer, code, (answer as BytesResponse)?.Status ?? Success(answer));
        if (_rule.Level == AuditLevel.RequestResponse && (_info.IsResource || answer is BytesResponse { Status: not null }))
        {
            ResponseObject(writer, answer);
        }
    });

    /// <summary>What was done can be told by a Status too.</summary>
    private Proa.Api.Models.Meta.Status? Success(ApiResponse answer) =>
        answer is BytesResponse { Code: < 300, ContentType: ApiResponse.Json } bytes && _info.IsResource && _info.Verb is "delete" or "deletecollection" or "create"
            && bytes.Body.Span.IndexOf("\"Status\""u8) >= 0 && Model.Read<Proa.Api.Models.Meta.Status>(bytes.Body) is { Kind: "Status" } status
            ? status
            : null;

    internal void Panicked() => Write("Panic", writer => Status(writer, 500, Statuses.InternalError("the server failed to handle the request")));

    private void Write(string stage, Action<Utf8JsonWriter>? response)
    {
        if (_rule.OmitStages.Contains(stage))
        {
            return;
        }
        var output = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(output, s_options))
        {
            writer.WriteStartObject();
            writer.WriteString("kind", "Event");
            writer.WriteString("apiVersion", "audit.k8s.io/v1");
            writer.WriteString("level", _rule.Level.ToString());
            writer.WriteString("auditID", Id);
            writer.WriteString("stage", stage);
            writer.WriteString("requestURI", Uri);
            writer.WriteString("verb", _info.Verb);
            Person(writer, "user", User);
            if (response is not null)
            {
                // It is found out after the request was received.
                Person(writer, "impersonatedUser", Impersonated);
            }
            if (response is not null && Constraint.Length > 0)
            {
                writer.WriteStartObject("authenticationMetadata");
                writer.WriteString("impersonationConstraint", Constraint);
                writer.WriteEndObject();
            }
            if (Sources.Count > 0)
            {
                List(writer, "sourceIPs", Sources);
            }
            if (UserAgent.Length > 0)
            {
                writer.WriteString("userAgent", UserAgent);
            }
            Reference(writer);
            if (response is not null && _rule.Level >= AuditLevel.Request && _requestObject is not null)
            {
                Object(writer, "requestObject", _requestObject);
            }
            response?.Invoke(writer);
            Time(writer, "requestReceivedTimestamp", _received);
            Time(writer, "stageTimestamp", _log.Now);
            lock (_annotations)
            {
                if (_annotations.Count > 0)
                {
                    writer.WriteStartObject("annotations");
                    foreach (var (key, value) in _annotations)
                    {
                        writer.WriteString(key, value);
                    }
                    writer.WriteEndObject();
                }
            }
            writer.WriteEndObject();
        }
        _log.Write(output.WrittenMemory);
    }

    private void ResponseObject(Utf8JsonWriter writer, ApiResponse answer)
    {
        if (answer is BytesResponse { Body.Length: > 0, ContentType: ApiResponse.Json } bytes && JsonTree.Parse(bytes.Body.Span) is JsonObject obj)
        {
            Object(writer, "responseObject", obj);
        }
        else if (answer is ListResponse list)
        {
            var whole = new ArrayBufferWriter<byte>();
            list.WriteTo(whole);
            Object(writer, "responseObject", JsonTree.ParseObject(whole.WrittenSpan));
        }
    }

    private void Object(Utf8JsonWriter writer, string name, JsonValue value)
    {
        if (_rule.OmitManagedFields && value is JsonObject obj)
        {
            obj.Object("metadata")?.Remove("managedFields");
            foreach (var item in (obj.Array("items") ?? []).OfType<JsonObject>())
            {
                item.Object("metadata")?.Remove("managedFields");
            }
        }
        writer.WritePropertyName(name);
        writer.WriteRawValue(JsonTree.ToUtf8(value), skipInputValidation: true);
    }

    private void Reference(Utf8JsonWriter writer)
    {
        if (!_info.IsResource)
        {
            return;
        }
        var metadata = _sent?.Object("metadata");
        writer.WriteStartObject("objectRef");
        Text(writer, "resource", _info.Resource);
        Text(writer, "namespace", _info.Namespace);
        Text(writer, "name", _info.Name.Length > 0 ? _info.Name : metadata?.String("name") ?? "");
        Text(writer, "uid", metadata?.String("uid") ?? "");
        Text(writer, "apiGroup", _info.Group);
        Text(writer, "apiVersion", _info.Version);
        Text(writer, "resourceVersion", metadata?.String("resourceVersion") ?? "");
        Text(writer, "subresource", _info.Subresource);
        writer.WriteEndObject();
    }

    private static void Status(Utf8JsonWriter writer, int code, Proa.Api.Models.Meta.Status? status)
    {
        writer.WriteStartObject("responseStatus");
        writer.WriteStartObject("metadata");
        writer.WriteEndObject();
        if (status is not null)
        {
            Text(writer, "status", status.StatusValue ?? "");
            Text(writer, "message", status.Message ?? "");
            Text(writer, "reason", status.Reason ?? "");
            if (status.Details is { } details)
            {
                writer.WritePropertyName("details");
                writer.WriteRawValue(Model.ToUtf8(details), skipInputValidation: true);
            }
        }
        writer.WriteNumber("code", code);
        writer.WriteEndObject();
    }

    private static void Person(Utf8JsonWriter writer, string name, UserInfo? user)
    {
        if (user is null)
        {
            if (name == "user")
            {
                writer.WriteStartObject(name);
                writer.WriteEndObject();
            }
            return;
        }
        writer.WriteStartObject(name);
        Text(writer, "username", user.Name);
        Text(writer, "uid", user.Uid);
        List(writer, "groups", user.Groups);
        if (user.Extra.Count > 0)
        {
            writer.WriteStartObject("extra");
            foreach (var (key, values) in user.Extra)
            {
                List(writer, key, values);
            }
            writer.WriteEndObject();
        }
        writer.WriteEndObject();
    }

    private static void List(Utf8JsonWriter writer, string name, IReadOnlyList<string> values)
    {
        writer.WriteStartArray(name);
        foreach (var value in values)
        {
            writer.WriteStringValue(value);
        }
        writer.WriteEndArray();
    }

    private static void Text(Utf8JsonWriter writer, string name, string value)
    {
        if (value.Length > 0)
        {
            writer.WriteString(name, value);
        }
    }

    private static void Time(Utf8JsonWriter writer, string name, DateTimeOffset time) => writer.WriteString(
        name, time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", System.Globalization.CultureInfo.InvariantCulture));
}
