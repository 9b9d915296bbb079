using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Proa.Api.Json;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Objects;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Security;

namespace Proa.ApiServer.Admission;

/// <summary>
/// Certificate signing requests carry who made them; who approves or signs one must be allowed to for its signer; nobody asks
/// for a certificate of the administrators' group.
/// </summary>
internal sealed class CertificateRequests(IAuthorizer? authorizer, TimeProvider clock) : IAdmissionStep
{
    public const string Collection = "certificatesigningrequests.certificates.k8s.io";
    private const string ClientSigner = "kubernetes.io/kube-apiserver-client";
    private const string Organization = "2.5.4.10";
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

    public async ValueTask<Status?> ValidateAsync(AdmissionRequest request, CancellationToken ct)
    {
        if (request.Type.Collection != Collection || request.Object is not { } obj)
        {
            return null;
        }
        switch (request.Subresource)
        {
            case "approval":
                return await MayAsync(request, "approve", ct);
            case "status":
                var (now, before) = (obj.Object("status"), request.Old!.Object("status"));
                return Same(now?["certificate"], before?["certificate"]) && Same(now?["conditions"], before?["conditions"])
                    ? null
                    : await MayAsync(request, "sign", ct);
            default:
                return obj.Object("spec") is { } spec && spec.String("signerName") == ClientSigner && AsksForAdministrators(spec)
                    ? Statuses.Forbidden(request.GroupResource, request.ShownName, $"use of {ClientSigner} signer with system:masters group is not allowed")
                    : null;
        }
    }

    /// <summary>Asks for the signer by its name, then for all signers of its domain.</summary>
    private async ValueTask<Status?> MayAsync(AdmissionRequest request, string verb, CancellationToken ct)
    {
        var signer = request.Old!.Object("spec")?.String("signerName") ?? "";
        var slash = signer.IndexOf('/');
        foreach (var name in (string[])[signer, (slash < 0 ? signer : signer[..slash]) + "/*"])
        {
            var ask = new RequestInfo(verb, "") { IsResource = true, Group = "certificates.k8s.io", Version = "*", Resource = "signers", Name = name };
            if (authorizer is null || (await authorizer.AuthorizeAsync(request.User, ask, ct)).Allowed)
            {
                return null;
            }
        }
        return Statuses.Forbidden(request.GroupResource, request.Name, $"user not permitted to {verb} requests with signerName \"{signer}\"");
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

    private static bool AsksForAdministrators(JsonObject spec)
    {
        try
        {
            var pem = Encoding.UTF8.GetString(Convert.FromBase64String(spec.String("request") ?? ""));
            var parsed = CertificateRequest.LoadSigningRequestPem(pem, HashAlgorithmName.SHA256);
            return parsed.SubjectName.EnumerateRelativeDistinguishedNames().Any(part => !part.HasMultipleElements
                && part.GetSingleElementType().Value == Organization && part.GetSingleElementValue() == UserInfo.AdministratorsGroup);
        }
        catch (Exception e) when (e is CryptographicException or FormatException or ArgumentException or NotSupportedException)
        {
            return false; // Validation has said so.
        }
    }

    private static List<JsonObject> Of(JsonObject obj, string type) => [.. Conditions(obj).Where(condition => condition.String("type") == type)];

    private static IEnumerable<JsonObject> Conditions(JsonObject obj) => (obj.Object("status")?.Array("conditions") ?? []).OfType<JsonObject>();

    private static bool Same(JsonValue? a, JsonValue? b) => a is null ? b is null : a.DeepEquals(b);

    private static JsonArray Strings(IEnumerable<string> values) => new(values.Select(value => (JsonValue)value));
}
