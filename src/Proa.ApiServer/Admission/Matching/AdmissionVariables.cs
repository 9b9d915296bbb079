using Proa.Api.Cel.Evaluation;
using Proa.Api.Cel.Libraries;
using Proa.Api.Cel.Values;
using Proa.Api.Json;
using Proa.Api.Schema.Expressions;
using Proa.ApiServer.Security;
using Proa.ApiServer.Types;
using Proa.Store;

namespace Proa.ApiServer.Admission.Matching;

/// <summary>What admission's expressions see of a request; made when it is first asked for. For one request, one thread.</summary>
/// <param name="matched">The type as which the request was matched: objects are shown in its version.</param>
internal sealed class AdmissionVariables(
    AdmissionRequest request, ServedType matched, TypeCatalog types, IObjectStore store, IAuthorizer? authorizer, CancellationToken ct) : ICelVariables
{
    private readonly Dictionary<string, CelValue> _known = new(StringComparer.Ordinal);
    private IReadOnlyDictionary<string, PolicyExpression>? _composed;
    private Dictionary<string, CelValue>? _composedValues;
    private long _cost;

    /// <summary>The object of the policy's parameters.</summary>
    public JsonObject? Parameters { get; init; }

    /// <summary>The policy's <c>variables</c>, evaluated at their first use.</summary>
    public void Compose(IReadOnlyDictionary<string, PolicyExpression> variables)
    {
        _composed = variables;
        _composedValues = null;
        _known.Remove("variables");
    }

    /// <summary>What variables cost since this was last asked.</summary>
    public long TakeCost()
    {
        var cost = _cost;
        _cost = 0;
        return cost;
    }

    public bool TryGet(string name, out CelValue value)
    {
        if (_known.TryGetValue(name, out value))
        {
            return true;
        }
        switch (name)
        {
            case "object":
                value = JsonCel.Of(ObjectView.Of(request, matched, request.Object, types));
                break;
            case "oldObject":
                value = JsonCel.Of(ObjectView.Of(request, matched, request.Old, types));
                break;
            case "request":
                value = JsonCel.Of(Describe());
                break;
            case "params":
                value = JsonCel.Of(Parameters);
                break;
            case "namespaceObject":
                value = Namespace();
                break;
            case "authorizer" when authorizer is not null:
                value = AuthorizerLibrary.ForUser(new UserAuthorizer(authorizer, request.User, ct));
                break;
            case "authorizer.requestResource" when authorizer is not null:
                value = AuthorizerLibrary.ForResource(new UserAuthorizer(authorizer, request.User, ct), new AccessQuestion
                {
                    Group = request.Type.Group,
                    Resource = request.Type.Plural,
                    Subresource = request.Subresource,
                    Namespace = request.Namespace,
                    Name = request.Name,
                });
                break;
            case "variables" when _composed is not null:
                value = CelValue.Of(new Composed(this));
                break;
            default:
                return false;
        }
        _known[name] = value;
        return true;
    }

    /// <summary>Objects changed: they are looked at anew.</summary>
    public void Forget()
    {
        _known.Clear();
        _composedValues = null;
    }

    private CelValue Namespace()
    {
        if (request.Namespace.Length == 0 || request.Type.Collection == "namespaces" || store.Get(new ObjectKey("namespaces", "", request.Namespace)) is not { } stored)
        {
            return CelValue.Null;
        }
        var found = JsonTree.ParseObject(stored.Json.Span);
        var shown = new JsonObject { ["metadata"] = found.Object("metadata")?.CloneObject() ?? [], ["spec"] = found["spec"] ?? new JsonObject(), ["status"] = found["status"] ?? new JsonObject() };
        shown.Object("metadata")!.Remove("managedFields");
        shown.Object("metadata")!.Remove("ownerReferences");
        return JsonCel.Of(shown);
    }

    private JsonObject Describe()
    {
        var user = new JsonObject { ["username"] = request.User.Name };
        if (request.User.Uid.Length > 0)
        {
            user["uid"] = request.User.Uid;
        }
        if (request.User.Groups.Count > 0)
        {
            user["groups"] = new JsonArray(request.User.Groups.Select(static group => (JsonValue)group));
        }
        if (request.User.Extra.Count > 0)
        {
            var extra = new JsonObject();
            foreach (var (key, values) in request.User.Extra)
            {
                extra[key] = new JsonArray(values.Select(static text => (JsonValue)text));
            }
            user["extra"] = extra;
        }
        var described = new JsonObject
        {
            ["uid"] = "",
            ["kind"] = Kind(matched),
            ["resource"] = Resource(matched),
            ["requestKind"] = Kind(request.Type),
            ["requestResource"] = Resource(request.Type),
            ["operation"] = ResourceRule.OperationName(request.Operation),
            ["userInfo"] = user,
            ["dryRun"] = request.DryRun,
            ["options"] = request.Options ?? [],
        };
        if (request.Subresource.Length > 0)
        {
            described["subResource"] = request.Subresource;
            described["requestSubResource"] = request.Subresource;
        }
        if (request.Name.Length > 0)
        {
            described["name"] = request.Name;
        }
        var space = request.Type.Collection == "namespaces" ? request.Name : request.Namespace;
        if (space.Length > 0)
        {
            described["namespace"] = space;
        }
        return described;
    }

    private JsonObject Kind(ServedType type)
    {
        var kind = type.Info.Gvk;
        foreach (var sub in type.Subresources)
        {
            if (sub.Name == request.Subresource)
            {
                kind = sub.Kind;
            }
        }
        return new() { ["group"] = kind.Group, ["version"] = kind.Version, ["kind"] = kind.Kind };
    }

    private static JsonObject Resource(ServedType type) => new() { ["group"] = type.Group, ["version"] = type.Version, ["resource"] = type.Plural };

    private CelValue Variable(string name)
    {
        _composedValues ??= new(StringComparer.Ordinal);
        if (!_composedValues.TryGetValue(name, out var value))
        {
            var result = _composed![name].Run(this, ct);
            _cost += result.Cost;
            value = result.Ok ? result.Value : CelValue.Error($"composited variable \"{name}\" fails to evaluate: {result.Error}");
            _composedValues[name] = value;
        }
        return value;
    }

    private sealed class Composed(AdmissionVariables owner) : CelMap
    {
        public override int Count => owner._composed!.Count;

        public override IEnumerable<CelValue> Keys => owner._composed!.Keys.Select(static key => CelValue.Of(key));

        public override bool TryGet(in CelValue key, out CelValue value)
        {
            value = default;
            if (key.Kind != CelKind.String || !owner._composed!.ContainsKey(key.AsString))
            {
                return false;
            }
            value = owner.Variable(key.AsString);
            return true;
        }
    }
}
