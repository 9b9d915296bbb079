using Proa.Api.Json;
using Proa.Api.Meta;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Objects;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Security;
using Proa.Store;

namespace Proa.ApiServer.Admission;

/// <summary>
/// Who may give devices away: administrative access only in namespaces that are marked for it, a claim's allocation only by who
/// may bind claims, what is said of its devices only by who may speak for their drivers. A taint begins now.
/// </summary>
internal sealed class DeviceAccess(IObjectStore store, IAuthorizer? authorizer, TimeProvider clock) : IAdmissionStep
{
    private const string Claims = "resourceclaims.resource.k8s.io";
    private const string Templates = "resourceclaimtemplates.resource.k8s.io";
    private const string Slices = "resourceslices.resource.k8s.io";
    private const string AdminLabel = "resource.kubernetes.io/admin-access";
    private const string AccountPrefix = "system:serviceaccount:";
    private const string NodeNameKey = "authentication.kubernetes.io/node-name";

    public ValueTask<Status?> MutateAsync(AdmissionRequest request, CancellationToken ct)
    {
        if (request.Is(Slices) && request.Object?.Object("spec")?.Array("devices") is { } devices)
        {
            foreach (var device in devices)
            {
                foreach (var taint in (device as JsonObject)?.Array("taints") ?? [])
                {
                    if (taint is JsonObject one && one["timeAdded"] is null or JsonNull)
                    {
                        ((JsonObject)taint)["timeAdded"] = Metadata.Time(clock.GetUtcNow());
                    }
                }
            }
        }
        return default;
    }

    public async ValueTask<Status?> CompleteAsync(AdmissionRequest request, CancellationToken ct)
    {
        if (request.Object is not { } obj)
        {
            return null;
        }
        List<FieldError> errors = [];
        if (request.IsCreate && (request.Is(Claims) || request.Is(Templates)))
        {
            var spec = request.Is(Claims) ? obj.Object("spec") : obj.Object("spec")?.Object("spec");
            // The original names this path for templates too.
            CheckMark(request, Wanted(spec?.Object("devices")?.Array("requests"), "exactly"), "spec.devices.requests", errors);
        }
        else if (request is { Type.Collection: Claims, Subresource: "status", Old: { } old })
        {
            var (now, before) = (obj.Object("status") ?? [], old.Object("status") ?? []);
            if (Wanted(Results(before), null) < 0)
            {
                CheckMark(request, Wanted(Results(now), null), "status.allocation.devices.results", errors);
            }
            await CheckRightsAsync(request, now, before, errors, ct);
        }
        return errors.Count == 0 ? null : Statuses.Invalid(request.Type.Group, request.Type.Kind, request.Name, errors);
    }

    private static JsonArray? Results(JsonObject status) => status.Object("allocation")?.Object("devices")?.Array("results");

    /// <summary>The first that asks for administrative access; negative: none.</summary>
    private static int Wanted(JsonArray? items, string? member)
    {
        for (var i = 0; i < (items?.Count ?? 0); i++)
        {
            var item = items![i] as JsonObject;
            if ((member is null ? item : item?.Object(member))?.Bool("adminAccess") == true)
            {
                return i;
            }
        }
        return -1;
    }

    private void CheckMark(AdmissionRequest request, int wanted, string path, List<FieldError> errors)
    {
        if (wanted >= 0 && (store.Get(new ObjectKey("namespaces", "", request.Namespace)) is not { } found
            || JsonTree.ParseObject(found.Json.Span).Object("metadata")?.Object("labels")?.String(AdminLabel) != "true"))
        {
            errors.Add(FieldError.Forbidden($"{path}[{wanted}].adminAccess", $"admin access to devices requires the `{AdminLabel}: true` label on the containing namespace"));
        }
    }

    private async ValueTask CheckRightsAsync(AdmissionRequest request, JsonObject now, JsonObject before, List<FieldError> errors, CancellationToken ct)
    {
        if (authorizer is null || request.User.InGroup(UserInfo.AdministratorsGroup))
        {
            return;
        }
        // The original asks with the verb of the request, which admission does not know: a patch is asked for as an update.
        const string Verb = "update";
        if (!Same(now["allocation"], before["allocation"]) || !Same(now["reservedFor"], before["reservedFor"]))
        {
            var refusal = await RefusalAsync(authorizer, request, Verb, "binding", "", "", ct);
            if (refusal is not null)
            {
                errors.Add(FieldError.Forbidden("status.allocation", $"changing status.allocation or status.reservedFor requires resource=\"resourceclaims/binding\", verb=\"{Verb}\" permission: {refusal}"));
            }
        }
        if (now.Object("allocation") is not { } allocation)
        {
            return;
        }
        string[] verbs = IsOnNode(request.User, NodeOf(allocation)) ? [$"associated-node:{Verb}", $"arbitrary-node:{Verb}"] : [$"arbitrary-node:{Verb}"];
        foreach (var driver in ChangedDrivers(now, before))
        {
            string? first = null;
            foreach (var verb in verbs)
            {
                var refusal = await RefusalAsync(authorizer, request, verb, "driver", request.Namespace, driver, ct);
                if (refusal is null)
                {
                    first = null;
                    break;
                }
                first ??= refusal;
            }
            if (first is not null)
            {
                errors.Add(FieldError.Forbidden("status.devices", $"changing status.devices requires resource=\"resourceclaims/driver\", verb=\"[{string.Join(' ', verbs)}]\" permission: {first}"));
            }
        }
    }

    private static async ValueTask<string?> RefusalAsync(
        IAuthorizer authorizer, AdmissionRequest request, string verb, string subresource, string ns, string name, CancellationToken ct)
    {
        var asked = new RequestInfo(verb, "")
        {
            IsResource = true,
            Group = request.Type.Group,
            Version = request.Type.Info.Version,
            Resource = request.Type.Plural,
            Subresource = subresource,
            Namespace = ns,
            Name = name,
        };
        var decision = await authorizer.AuthorizeAsync(request.User, asked, ct);
        return decision.Allowed ? null : ForbiddenStatus.Of(request.User, asked, decision.Reason).Message;
    }

    private static SortedSet<string> ChangedDrivers(JsonObject now, JsonObject before)
    {
        var drivers = new SortedSet<string>(StringComparer.Ordinal);
        var known = Devices(before);
        foreach (var (id, device) in Devices(now))
        {
            if (!known.Remove(id, out var old) || !old.DeepEquals(device))
            {
                drivers.Add(device.String("driver") ?? "");
            }
        }
        drivers.UnionWith(known.Values.Select(static device => device.String("driver") ?? ""));
        return drivers;
    }

    private static Dictionary<string, JsonObject> Devices(JsonObject status)
    {
        var devices = new Dictionary<string, JsonObject>(StringComparer.Ordinal);
        foreach (var device in (status.Array("devices") ?? []).OfType<JsonObject>())
        {
            devices[$"{device.String("driver")}/{device.String("pool")}/{device.String("device")}/{device.String("shareID")}"] = device;
        }
        return devices;
    }

    /// <summary>The one node that an allocation is for; null where it is not for one.</summary>
    private static string? NodeOf(JsonObject allocation) =>
        allocation.Object("nodeSelector")?.Array("nodeSelectorTerms") is [JsonObject term]
        && term.Array("matchExpressions") is not { Count: > 0 }
        && term.Array("matchFields") is [JsonObject field] && field.String("key") == "metadata.name" && field.String("operator") == "In"
        && field.Array("values") is [JsonString node]
            ? node.Value
            : null;

    private static bool IsOnNode(UserInfo user, string? node) =>
        node is { Length: > 0 } && user.Name.StartsWith(AccountPrefix, StringComparison.Ordinal)
        && user.Extra.TryGetValue(NodeNameKey, out var nodes) && nodes is [var one] && one == node;

    private static bool Same(JsonValue? a, JsonValue? b) => a is null or JsonNull ? b is null or JsonNull : b is not null && a.DeepEquals(b);
}
