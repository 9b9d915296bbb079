using Proa.Api.Apply;
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
/// What the verbs need to know of a type beyond its name: schema, defaults, checks, versions. Objects are decoded by the
/// rules of the version that a request speaks; all that follows goes by the rules of the stored version. Schemas are read at
/// their first use. Thread-safe.
/// </summary>
internal sealed class TypeRules
{
    private const int MaxProblems = 100;
    private readonly Lazy<ObjectSchema> _schema;
    private readonly Lazy<IKindStrategy> _strategy;
    private readonly IVersionConversion? _conversion;
    private readonly SharedTexts _texts = new();

    /// <param name="storage">The rules of the stored version and the way there; null: this is it.</param>
    public TypeRules(ServedType type, Func<ObjectSchema> schema, Func<IKindStrategy> strategy, (TypeRules Rules, IVersionConversion Conversion)? storage)
    {
        Type = type;
        _schema = new(schema);
        _strategy = new(strategy);
        Storage = storage?.Rules ?? this;
        _conversion = storage?.Conversion;
        View = _conversion is null ? VersionView.Same : new ConvertedView(_conversion);
        // Lists of custom resources show each item's kind.
        OmittedPrefix = IsCustom ? default : ObjectBytes.Prefix(type.Kind, type.Info.ApiVersion);
    }

    public ServedType Type { get; }

    public bool IsCustom => Type.Custom is not null;

    public VersionView View { get; init; }

    /// <summary>Of a custom resource with several versions: its objects may lie in any of them, as the stored one changes.</summary>
    public IVersionConversion? Stored { get; init; }

    /// <summary>What messages about wrong objects call it: a kind that is served by two groups is known by the name under which it is stored.</summary>
    public GroupVersionKind Known => Storage.Type.Info.Gvk;

    /// <summary>Of a custom resource: objects of older revisions may not be as its definition has them now.</summary>
    public long Since { get; init; }

    /// <summary>True for the version in which objects are stored.</summary>
    public bool IsStorage => _conversion is null;

    /// <summary>What lists leave out of each item.</summary>
    public ReadOnlyMemory<byte> OmittedPrefix { get; }

    /// <summary>Of the version that the request speaks.</summary>
    public ObjectSchema Schema => _schema.Value;

    /// <summary>An update must name the revision that it replaces.</summary>
    public bool NeedsRevision => !Storage.Strategy.AllowsUnconditionalUpdate;

    /// <summary>An update of an object that does not exist creates it.</summary>
    public bool CreatesOnUpdate => Storage.Strategy.AllowsCreateOnUpdate;

    /// <summary>The fields besides name and namespace by which lists and watches may select.</summary>
    public IReadOnlyList<string> SelectableFields => (IsCustom ? Strategy : Storage.Strategy).SelectableFields;

    /// <summary>The selectable field that a field selector in this version means; null: none.</summary>
    public string? FieldOfLabel(string label) => Strategy is INamesFieldLabels names ? names.FieldOfLabel(label)
        : SelectableFields.Contains(label, StringComparer.Ordinal) ? label : null;

    private TypeRules Storage { get; }

    /// <summary>What the original stores as JSON tells an empty list from none; all else does not.</summary>
    private NormalizeOptions StoredForm => Type.Group is "apiextensions.k8s.io" or "apiregistration.k8s.io" ? NormalizeOptions.Defaulted : NormalizeOptions.Quiet;

    private IKindStrategy Strategy => _strategy.Value;

    /// <summary>Checks objects in their stored form.</summary>
    private IKindStrategy Checks => !IsStorage && Strategy is IChecksStoredForm ? Strategy : Storage.Strategy;

    /// <summary>Makes of a parsed body an object of this type (or of its subresource's kind): checked, defaulted, in the stored version.</summary>
    /// <param name="duplicates">Paths of members that the body has twice.</param>
    public ApiResult<JsonObject> Decode(
        JsonObject obj, string subresource, FieldValidation validation, IReadOnlyList<string>? duplicates, Action<string> warn)
    {
        var gvk = KindOf(subresource);
        var decoded = Check(obj, gvk, validation, duplicates, warn);
        return decoded.Ok && gvk == Type.Info.Gvk ? ToStored(decoded.Value) : decoded;
    }

    /// <summary>The same, staying in the version of the request.</summary>
    public ApiResult<JsonObject> Check(
        JsonObject obj, GroupVersionKind gvk, FieldValidation validation, IReadOnlyList<string>? duplicates, Action<string> warn, bool defaults = true)
    {
        if (CheckKind(obj, gvk) is { } mismatch)
        {
            return mismatch;
        }
        obj["kind"] = gvk.Kind;
        obj["apiVersion"] = gvk.ApiVersion;
        var mine = gvk == Type.Info.Gvk;
        var schema = mine ? Schema : SchemaRegistry.BuiltIn.Find(gvk);
        if (schema is null)
        {
            return obj;
        }
        var result = SchemaEngine.Normalize(schema, obj,
            !defaults ? NormalizeOptions.Configuration : validation == FieldValidation.Ignore ? NormalizeOptions.ReceivedQuiet : NormalizeOptions.Received);
        if (result.Error is { } error)
        {
            return CannotHandle(gvk, error);
        }
        // The original finds no more than so many.
        List<string> problems = [.. result.UnknownFields.Concat((duplicates ?? []).Where(path => !IsUnknown(path, result.UnknownFields)).Select(static path => $"duplicate field \"{path}\"")).Take(MaxProblems)];
        if (problems.Count > 0 && validation == FieldValidation.Strict)
        {
            return CannotHandle(gvk, $"strict decoding error: {string.Join(", ", problems)}");
        }
        if (validation == FieldValidation.Warn)
        {
            problems.ForEach(warn);
        }
        if (mine && defaults)
        {
            ApplyDefaults(obj);
        }
        return obj;
    }

    /// <summary>Of an object in the version of the request.</summary>
    public void ApplyDefaults(JsonObject obj)
    {
        Strategy.ApplyDefaults(obj);
        SchemaEngine.ApplyDefaults(Schema, obj);
        SchemaEngine.Normalize(Schema, obj, NormalizeOptions.Defaulted);
    }

    /// <summary>Reads a stored object, in the version that is stored now.</summary>
    public JsonObject ReadStored(ReadOnlyMemory<byte> json)
    {
        var obj = JsonTree.ParseObject(json.Span);
        obj = Storage.Stored?.ToStored(obj) ?? obj;
        if (Since > 0 && ObjectBytes.RevisionOf(json.Span) < Since)
        {
            Storage.Follow(obj);
        }
        return obj;
    }

    /// <summary>Makes of an object that an older definition let through what this one has it be: without unknown fields, with its defaults.</summary>
    public void Follow(JsonObject obj)
    {
        SchemaEngine.Normalize(Schema, obj, NormalizeOptions.Quiet);
        ApplyDefaults(obj);
    }

    /// <summary>From the version of the request to the stored one; may change what it is given.</summary>
    public JsonObject ToStored(JsonObject obj) => _conversion?.ToStored(obj) ?? obj;

    /// <summary>From the stored version to that of the request; may change what it is given.</summary>
    public JsonObject FromStored(JsonObject obj) => _conversion?.FromStored(obj) ?? obj;

    public void PrepareForCreate(JsonObject obj)
    {
        Storage.Strategy.PrepareForCreate(obj);
        SchemaEngine.Normalize(Storage.Schema, obj, Storage.StoredForm);
    }

    public void PrepareForUpdate(JsonObject obj, JsonObject old, string subresource)
    {
        switch (subresource)
        {
            case "" or "scale":
                Storage.Strategy.PrepareForUpdate(obj, old);
                break;
            case "status" or "approval":
                Storage.Strategy.PrepareForStatusUpdate(obj, old);
                break;
            default:
                (Storage.Strategy as IPartRules)?.PreparePart(obj, old);
                PartRules.Keep(obj, old, subresource);
                break;
        }
        SchemaEngine.Normalize(Storage.Schema, obj, Storage.StoredForm);
    }

    public IReadOnlyList<FieldError> Validate(JsonObject obj, Action<string> warn, CancellationToken ct) =>
        Complete(Checks.Validate(obj), obj, null, warn, ct);

    public IReadOnlyList<FieldError> ValidateUpdate(JsonObject obj, JsonObject old, string subresource, Action<string> warn, CancellationToken ct) => Complete(
        subresource switch
        {
            "" or "scale" => Checks.ValidateUpdate(obj, old),
            "status" => Storage.Strategy.ValidateStatusUpdate(obj, old),
            _ => (Storage.Strategy as IPartRules)?.ValidatePart(obj, old, subresource) ?? [],
        },
        obj, old, warn, ct);

    /// <summary>Adds what a custom resource's schema says.</summary>
    private IReadOnlyList<FieldError> Complete(IReadOnlyList<FieldError> errors, JsonObject obj, JsonObject? old, Action<string> warn, CancellationToken ct)
    {
        var schema = Storage.Schema;
        if (!schema.IsStructural)
        {
            return errors;
        }
        List<FieldError> all = [.. errors, .. SchemaEngine.Validate(schema, obj, old)];
        all.AddRange(SchemaEngine.Evaluate(schema, obj, old, all, warn, ct));
        return all;
    }

    /// <summary>What to tell the writer without refusing.</summary>
    /// <param name="old">What is replaced; null: the object is new.</param>
    public void Warn(JsonObject obj, JsonObject? old, Action<string> warn)
    {
        foreach (var warning in Storage.Strategy.Warnings(obj, old))
        {
            warn(warning);
        }
    }

    /// <summary>Puts back what this write cannot change, so that nobody comes to own it.</summary>
    public void ResetUnwritable(JsonObject obj, JsonObject? old, string subresource)
    {
        if (subresource is not ("" or "scale"))
        {
            PrepareForUpdate(obj, old!, subresource);
        }
        else if (Storage.Strategy.HasStatus && (old is not null || !Storage.Strategy.TakesStatusOnCreate))
        {
            obj["status"] = old?["status"]?.Clone();
        }
    }

    /// <summary>The top-level members that an apply cannot set there.</summary>
    public IReadOnlyList<string> ResetFields(JsonObject configuration, string subresource)
    {
        if (subresource.Length == 0)
        {
            return Storage.Strategy.HasStatus ? ["status"] : [];
        }
        return [.. configuration.Keys.Where(name => name is not ("apiVersion" or "kind" or "metadata") && name != subresource)];
    }

    /// <summary>
    /// Notes in <c>metadata.managedFields</c> what the writer changed. Both objects are in the stored version; the fields are
    /// named as the version of the request names them.
    /// </summary>
    public void Track(JsonObject? old, JsonObject obj, string manager, string subresource, DateTimeOffset now)
    {
        // A status that comes with a new object is nobody's until its subresource is written.
        var status = old is null && Storage.Strategy.TakesStatusOnCreate ? obj["status"] : null;
        if (status is not null)
        {
            obj.Remove("status");
        }
        var owner = new FieldOwner(manager, Type.Info.ApiVersion, subresource.Length == 0 ? null : subresource);
        if (IsStorage)
        {
            ManagedFields.TrackUpdate(Schema, old, obj, owner, now);
        }
        else
        {
            var spoken = FromStored(obj.CloneObject());
            ManagedFields.TrackUpdate(Schema, old is null ? null : FromStored(old.CloneObject()), spoken, owner, now);
            obj.EnsureObject("metadata")["managedFields"] = spoken.Object("metadata")?["managedFields"];
        }
        if (status is not null)
        {
            obj["status"] = status;
        }
    }

    /// <summary>What is told with every answer about the type; null: nothing.</summary>
    public string? Deprecation => Type.Collection switch
    {
        "endpoints" => "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
        "componentstatuses" => "v1 ComponentStatus is deprecated in v1.19+",
        _ => null,
    };

    /// <summary>A field of a stored custom resource in the version of the request; its definition may have named it selectable just now.</summary>
    public string FieldOf(ReadOnlyMemory<byte> stored, string field) => Strategy.FieldValue(JsonTree.ParseObject(View.Of(stored).Span), field);

    /// <summary>What queries need of an object.</summary>
    public ObjectIndex Index(JsonObject obj)
    {
        var strategy = Storage.Strategy;
        // Those of custom resources are looked for in the object itself: their definition may change.
        var selectable = IsCustom ? [] : strategy.SelectableFields;
        if (selectable.Count == 0)
        {
            return ObjectIndexing.Of(obj, [], _texts);
        }
        var fields = new List<KeyValuePair<string, string>>(selectable.Count);
        foreach (var field in selectable)
        {
            if (strategy.FieldValue(obj, field) is { Length: > 0 } value)
            {
                fields.Add(new(field, _texts.Of(value)));
            }
        }
        return ObjectIndexing.Of(obj, fields.ToArray(), _texts);
    }

    /// <summary>The same, of an object that is loaded.</summary>
    /// <exception cref="System.Text.Json.JsonException">Not a JSON object.</exception>
    public ObjectIndex Index(ReadOnlySpan<byte> json) =>
        IsCustom || Storage.Strategy.SelectableFields.Count == 0 ? MetadataIndex.Read(json, _texts) : Index(JsonTree.ParseObject(json));

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

    /// <summary>Not even a former version of the kind.</summary>
    private static bool IsUnheardOf(GroupVersionKind kind) =>
        SchemaRegistry.BuiltIn.Find(kind) is null && !kind.Version.Contains("alpha", StringComparison.Ordinal) && !kind.Version.Contains("beta", StringComparison.Ordinal);

    private static Status? CheckKind(JsonObject obj, GroupVersionKind wanted)
    {
        var apiVersion = obj.String("apiVersion") is { Length: > 0 } version ? version : wanted.ApiVersion;
        var kind = obj.String("kind") is { Length: > 0 } given ? given : wanted.Kind;
        if (apiVersion == wanted.ApiVersion && kind == wanted.Kind)
        {
            return null;
        }
        var sent = GroupVersionKind.Of(apiVersion, kind);
        if (wanted.Group is not ("apiextensions.k8s.io" or "apiregistration.k8s.io") && SchemaRegistry.BuiltIn.Find(wanted) is not null && IsUnheardOf(sent))
        {
            return Statuses.BadRequest($"{kind} in version \"{sent.Version}\" cannot be handled as a {wanted.Kind}: "
                + $"no kind \"{kind}\" is registered for version \"{apiVersion}\" in scheme \"pkg/api/legacyscheme/scheme.go:30\"");
        }
        if (apiVersion != wanted.ApiVersion)
        {
            return Statuses.BadRequest($"the API version in the data ({apiVersion}) does not match the expected API version ({wanted.ApiVersion})");
        }
        var group = wanted.Group.Length == 0 ? "core" : wanted.Group.Split('.')[0];
        return Statuses.BadRequest(
            $"{kind} in version \"{wanted.Version}\" cannot be handled as a {wanted.Kind}: converting ({wanted.Version}.{kind}) to ({group}.{wanted.Kind}): unknown conversion");
    }

    /// <summary>Nobody looks into what is not known.</summary>
    private static bool IsUnknown(string path, IReadOnlyList<string> unknown)
    {
        foreach (var text in unknown)
        {
            var name = text.AsSpan()["unknown field \"".Length..^1];
            if (path.AsSpan().StartsWith(name, StringComparison.Ordinal) && (path.Length == name.Length || path[name.Length] is '.' or '['))
            {
                return true;
            }
        }
        return false;
    }

    private static Status CannotHandle(GroupVersionKind gvk, string error) =>
        Statuses.BadRequest($"{gvk.Kind} in version \"{gvk.Version}\" cannot be handled as a {gvk.Kind}: {error}");
}
