using Proa.Api.Json;
using Proa.Api.Kinds;
using Proa.Api.Meta;
using Proa.Api.Models.Meta;
using Proa.Api.Schema;
using Proa.ApiServer.Objects;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Verbs;
using Proa.Client;
using Proa.Store;

namespace Proa.ApiServer.Types;

/// <summary>
/// What the verbs need to know of a type beyond its name: schema, defaults, checks, versions. A schema is read at its first
/// use. Immutable but for that; thread-safe.
/// </summary>
internal sealed class TypeRules(ServedType type, SchemaRegistry registry)
{
    private ObjectSchema? _schema;
    private IKindStrategy? _strategy;

    public ServedType Type { get; } = type;

    public VersionView View { get; } = VersionView.Same;

    /// <summary>True for the version in which objects are stored.</summary>
    public bool IsStorage => true;

    /// <summary>What lists leave out of each item; of custom resources, nothing.</summary>
    public ReadOnlyMemory<byte> OmittedPrefix { get; } = type.CustomVersion is null ? ObjectBytes.Prefix(type.Kind, type.Info.ApiVersion) : default;

    public ObjectSchema Schema => _schema ??= registry.Find(Type.Info.Gvk)
        ?? throw new InvalidOperationException($"{Type.Info.Gvk} has no schema");

    public IKindStrategy Strategy => _strategy ??= KindStrategies.For(Type.Info.Gvk);

    /// <summary>An update must name the revision that it replaces.</summary>
    public bool NeedsRevision => !Strategy.AllowsUnconditionalUpdate;

    /// <summary>An update of an object that does not exist creates it.</summary>
    public bool CreatesOnUpdate => Strategy.AllowsCreateOnUpdate;

    /// <summary>The fields besides name and namespace by which lists and watches may select.</summary>
    public IReadOnlyList<string> SelectableFields => Strategy.SelectableFields;

    /// <summary>Makes of a parsed body an object of this type (or of its subresource's kind): checked and defaulted.</summary>
    /// <param name="duplicates">Paths of members that the body has twice.</param>
    public ApiResult<JsonObject> Decode(
        JsonObject obj, string subresource, FieldValidation validation, IReadOnlyList<string>? duplicates, Action<string> warn)
    {
        var decoded = Check(obj, KindOf(subresource), validation, duplicates, warn);
        return decoded.Ok ? ToStored(decoded.Value) : decoded;
    }

    /// <summary>The same, staying in the version of the request.</summary>
    public ApiResult<JsonObject> Check(
        JsonObject obj, GroupVersionKind gvk, FieldValidation validation, IReadOnlyList<string>? duplicates, Action<string> warn)
    {
        if (CheckKind(obj, gvk) is { } mismatch)
        {
            return mismatch;
        }
        obj["kind"] = gvk.Kind;
        obj["apiVersion"] = gvk.ApiVersion;
        var schema = gvk == Type.Info.Gvk ? Schema : registry.Find(gvk);
        if (schema is null)
        {
            return obj;
        }
        var result = SchemaEngine.Normalize(schema, obj, validation == FieldValidation.Ignore ? NormalizeOptions.Quiet : NormalizeOptions.Default);
        if (result.Error is { } error)
        {
            return CannotHandle(gvk, error);
        }
        List<string> problems = [.. result.UnknownFields];
        foreach (var path in duplicates ?? [])
        {
            problems.Add($"duplicate field \"{path}\"");
        }
        if (problems.Count > 0 && validation == FieldValidation.Strict)
        {
            return CannotHandle(gvk, $"strict decoding error: {string.Join(", ", problems)}");
        }
        if (validation == FieldValidation.Warn)
        {
            problems.ForEach(warn);
        }
        if (schema == Schema)
        {
            Strategy.ApplyDefaults(obj);
            SchemaEngine.ApplyDefaults(schema, obj);
            SchemaEngine.Normalize(schema, obj, NormalizeOptions.Quiet);
        }
        return obj;
    }

    /// <summary>From the version of the request to the stored one; may change what it is given.</summary>
    public JsonObject ToStored(JsonObject obj) => obj;

    /// <summary>From the stored version to that of the request; may change what it is given.</summary>
    public JsonObject FromStored(JsonObject obj) => obj;

    public void PrepareForCreate(JsonObject obj)
    {
        Strategy.PrepareForCreate(obj);
        SchemaEngine.Normalize(Schema, obj, NormalizeOptions.Quiet);
    }

    public void PrepareForUpdate(JsonObject obj, JsonObject old, string subresource)
    {
        switch (subresource)
        {
            case "" or "scale":
                Strategy.PrepareForUpdate(obj, old);
                break;
            case "status" or "approval":
                Strategy.PrepareForStatusUpdate(obj, old);
                break;
            default:
                PartRules.Keep(obj, old, subresource);
                break;
        }
        SchemaEngine.Normalize(Schema, obj, NormalizeOptions.Quiet);
    }

    public IReadOnlyList<FieldError> Validate(JsonObject obj)
    {
        var errors = SchemaEngine.Validate(Schema, obj);
        return errors.Count > 0 ? errors : Strategy.Validate(obj);
    }

    public IReadOnlyList<FieldError> ValidateUpdate(JsonObject obj, JsonObject old, string subresource)
    {
        var errors = SchemaEngine.Validate(Schema, obj);
        if (errors.Count > 0)
        {
            return errors;
        }
        return subresource switch
        {
            "" or "scale" => Strategy.ValidateUpdate(obj, old),
            "status" or "approval" => Strategy.ValidateStatusUpdate(obj, old),
            // What else may change there is checked as in a new object.
            "resize" or "ephemeralcontainers" => Strategy.Validate(obj),
            _ => [],
        };
    }

    /// <summary>Notes in <c>metadata.managedFields</c> what the writer changed.</summary>
    public void Track(JsonObject? old, JsonObject obj, string manager, string subresource, DateTimeOffset now)
    {
    }

    public ObjectIndex Index(JsonObject obj)
    {
        var selectable = Strategy.SelectableFields;
        if (selectable.Count == 0)
        {
            return ObjectIndexing.Of(obj, []);
        }
        var fields = new List<KeyValuePair<string, string>>(selectable.Count);
        foreach (var field in selectable)
        {
            if (Strategy.FieldValue(obj, field) is { Length: > 0 } value)
            {
                fields.Add(new(field, value));
            }
        }
        return ObjectIndexing.Of(obj, fields);
    }

    private GroupVersionKind KindOf(string subresource)
    {
        if (subresource.Length > 0)
        {
            foreach (var sub in Type.Subresources)
            {
                if (sub.Name == subresource)
                {
                    return sub.Kind;
                }
            }
        }
        return Type.Info.Gvk;
    }

    private static Status? CheckKind(JsonObject obj, GroupVersionKind wanted)
    {
        var apiVersion = obj.String("apiVersion") is { Length: > 0 } version ? version : wanted.ApiVersion;
        var kind = obj.String("kind") is { Length: > 0 } given ? given : wanted.Kind;
        if (apiVersion == wanted.ApiVersion && kind == wanted.Kind)
        {
            return null;
        }
        if (apiVersion != wanted.ApiVersion)
        {
            return Statuses.BadRequest($"the API version in the data ({apiVersion}) does not match the expected API version ({wanted.ApiVersion})");
        }
        var group = wanted.Group.Length == 0 ? "core" : wanted.Group.Split('.')[0];
        return Statuses.BadRequest(
            $"{kind} in version \"{wanted.Version}\" cannot be handled as a {wanted.Kind}: converting ({wanted.Version}.{kind}) to ({group}.{wanted.Kind}): unknown conversion");
    }

    private static Status CannotHandle(GroupVersionKind gvk, string error) =>
        Statuses.BadRequest($"{gvk.Kind} in version \"{gvk.Version}\" cannot be handled as a {gvk.Kind}: {error}");
}
