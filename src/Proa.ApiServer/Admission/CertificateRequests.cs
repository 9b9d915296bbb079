using Proa.Api.Json;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Objects;
using Proa.ApiServer.Security;

namespace Proa.ApiServer.Admission;

/// <summary>
/// Certificate signing requests carry who made them, and their conditions when they came.
/// </summary>
internal sealed class CertificateRequests(TimeProvider clock) : IAdmissionStep
{
    public const string Collection = "certificatesigningrequests.certificates.k8s.io";
    private static readonly string[] s_verdicts = ["Approved", "Denied"];

    public Status? Complete(AdmissionRequest request)
    {
        if (request.Type.Collection != Collection || request.Object is not { } obj)
        {
            return null;
        }
        if (request.IsCreate)
        {
            SetRequester(obj.EnsureObject("spec"), request.User);
        }
        else if (request.Old is { } old && request.Subresource is "approval" or "status")
        {
            if (request.Subresource == "approval")
            {
                var conditions = obj.Object("status")?["conditions"]?.Clone();
                obj["status"] = old["status"]?.Clone();
                obj.EnsureObject("status")["conditions"] = conditions;
            }
            else
            {
                KeepVerdicts(obj, old);
            }
            Stamp(obj, old);
        }
        return null;
    }

    private static void SetRequester(JsonObject spec, UserInfo user)
    {
        foreach (var name in (ReadOnlySpan<string>)["username", "uid", "groups", "extra"])
        {
            spec.Remove(name);
        }
        spec["username"] = user.Name;
        if (user.Uid.Length > 0)
        {
            spec["uid"] = user.Uid;
        }
        if (user.Groups.Count > 0)
        {
            spec["groups"] = Strings(user.Groups);
        }
        if (user.Extra.Count > 0)
        {
            var extra = new JsonObject();
            foreach (var (key, values) in user.Extra)
            {
                extra[key] = Strings(values);
            }
            spec["extra"] = extra;
        }
    }

    private void Stamp(JsonObject obj, JsonObject old)
    {
        var now = Metadata.Time(clock.GetUtcNow());
        foreach (var condition in Conditions(obj))
        {
            if (condition["lastUpdateTime"] is not JsonString)
            {
                condition["lastUpdateTime"] = now;
            }
            if (condition["lastTransitionTime"] is not JsonString)
            {
                var before = Conditions(old).FirstOrDefault(other =>
                    other.String("type") == condition.String("type") && other.String("status") == condition.String("status"));
                condition["lastTransitionTime"] = before?.String("lastTransitionTime") ?? now;
            }
        }
    }

    // Through the status nobody approves or denies; where none was added or removed the old ones stand.
    private static void KeepVerdicts(JsonObject obj, JsonObject old)
    {
        foreach (var type in s_verdicts)
        {
            var (now, before) = (Of(obj, type), Of(old, type));
            if (now.Count == before.Count)
            {
                for (var i = 0; i < now.Count; i++)
                {
                    foreach (var key in now[i].Keys.ToList())
                    {
                        now[i].Remove(key);
                    }
                    foreach (var (key, value) in before[i])
                    {
                        now[i][key] = value.Clone();
                    }
                }
            }
        }
    }

    private static List<JsonObject> Of(JsonObject obj, string type) => [.. Conditions(obj).Where(condition => condition.String("type") == type)];

    private static IEnumerable<JsonObject> Conditions(JsonObject obj) => (obj.Object("status")?.Array("conditions") ?? []).OfType<JsonObject>();

    private static JsonArray Strings(IEnumerable<string> values) => new(values.Select(value => (JsonValue)value));
}
