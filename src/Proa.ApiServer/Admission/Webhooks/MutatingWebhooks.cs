using System.Text.Json;
using Proa.Api.Json;
using Proa.Api.Models.Meta;
using Proa.Api.Patches;
using Proa.ApiServer.Admission.Matching;
using Proa.ApiServer.Audit;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Types;
using Proa.ApiServer.Verbs;
using Proa.Store;

namespace Proa.ApiServer.Admission.Webhooks;

/// <summary>
/// Asks the mutating webhooks, one after the other, each seeing what those before it made of the object. Once, unless a later
/// change concerns one that wants to be asked again.
/// </summary>
internal sealed class MutatingWebhooks(IObjectStore store, TypeCatalog types, WebhookMatcher matcher, WebhookCaller caller) : IAdmissionStep
{
    private readonly WebhookConfigurations _configurations = new(store, "mutatingwebhookconfigurations.admissionregistration.k8s.io");

    public async ValueTask<Status?> MutateAsync(AdmissionRequest request, CancellationToken ct)
    {
        var webhooks = _configurations.All;
        if (webhooks.Count == 0 || WebhookRules.IsExempt(request))
        {
            return null;
        }
        var rounds = request.StateOf<Rounds>(this);
        if (request.IsReinvoked && rounds.LastOutput is { } last && !last.DeepEquals(request.Object))
        {
            rounds.RequireAgain();
        }
        try
        {
            for (var i = 0; i < webhooks.Count; i++)
            {
                if (await AskAsync(webhooks[i], i, request, rounds, ct) is { } refused)
                {
                    return refused;
                }
            }
            return null;
        }
        finally
        {
            rounds.LastOutput = request.Object?.CloneObject();
        }
    }

    private async ValueTask<Status?> AskAsync(Webhook webhook, int index, AdmissionRequest request, Rounds rounds, CancellationToken ct)
    {
        var (matched, unmatched) = matcher.Match(webhook, request, ct);
        if (matched is null || (request.IsReinvoked && !rounds.Again.Contains(webhook.Id)))
        {
            return unmatched;
        }
        var (response, refusal) = await caller.AskAsync(webhook, request, matched, mutating: true, ct);
        var changed = false;
        var place = $"round_{(request.IsReinvoked ? 1 : 0)}_index_{index}";
        if (refusal is null && response?.String("patch") is { Length: > 0 } patch)
        {
            refusal = Apply(webhook, request, matched, response, patch, place, out changed);
        }
        request.Annotate($"mutation.webhook.admission.k8s.io/{place}", new JsonObject
        {
            ["configuration"] = webhook.Configuration,
            ["webhook"] = webhook.Name,
            ["mutated"] = changed,
        }.ToString());
        if (refusal is not null)
        {
            return refusal;
        }
        if (response is null)
        {
            request.Annotate($"failed-open.mutation.webhook.admission.k8s.io/{place}", webhook.Name);
        }
        if (changed)
        {
            rounds.RequireAgain();
            request.WantsReinvocation = true;
        }
        if (webhook.IsReinvocable)
        {
            rounds.Asked.Add(webhook.Id);
        }
        return null;
    }

    private Status? Apply(Webhook webhook, AdmissionRequest request, ServedType matched, JsonObject response, string patch, string place, out bool changed)
    {
        changed = false;
        JsonValue operations;
        try
        {
            operations = JsonTree.Parse(Convert.FromBase64String(patch));
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            return Failed(webhook, $"received undecodable patch in webhook response: {Undecodable(Convert.FromBase64String(patch))}");
        }
        if (operations is JsonObject)
        {
            return Failed(webhook, "received undecodable patch in webhook response: json: cannot unmarshal object into Go value of type jsonpatch.Patch");
        }
        if (operations is JsonArray { Count: 0 })
        {
            return null;
        }
        if (caller.View(request, matched, request.Object) is not { } obj)
        {
            return Statuses.InternalError($"admission webhook \"{webhook.Name}\" attempted to modify the object, which is not supported for this operation");
        }
        if (response.String("patchType") is { } type and not "JSONPatch")
        {
            return Failed(webhook, $"unsupported patch type \"{type}\"");
        }
        var before = obj.CloneObject();
        var patched = JsonPatch.Apply(obj, operations);
        if (!patched.Ok)
        {
            return Statuses.InternalError(patched.Error.Message);
        }
        changed = !patched.Object.DeepEquals(before);
        request.Annotate($"patch.webhook.admission.k8s.io/{place}", new JsonObject
        {
            ["configuration"] = webhook.Configuration,
            ["webhook"] = webhook.Name,
            ["patch"] = operations,
            ["patchType"] = "JSONPatch",
        }.ToString(), AuditLevel.Request);
        return changed ? ObjectView.Take(request, matched, patched.Object, types, FieldValidation.Ignore) : null;
    }

    private static string Undecodable(ReadOnlySpan<byte> patch) => patch.TrimStart(" \t\r\n"u8) switch
    {
        [] => "unexpected end of JSON input",
        [>= (byte)' ' and <= (byte)'~' and not ((byte)'[' or (byte)'{' or (byte)'"' or (byte)'-' or (byte)'t' or (byte)'f' or (byte)'n' or (>= (byte)'0' and <= (byte)'9')), ..] text
            => $"invalid character '{(char)text[0]}' looking for beginning of value",
        _ => "invalid JSON",
    };

    private static Status? Failed(Webhook webhook, string reason) =>
        webhook.Ignores ? null : Statuses.InternalError($"failed calling webhook \"{webhook.Name}\": {reason}");

    /// <summary>Who was asked about one request, and who is to be asked again.</summary>
    private sealed class Rounds
    {
        public HashSet<string> Asked { get; } = new(StringComparer.Ordinal);

        public HashSet<string> Again { get; } = new(StringComparer.Ordinal);

        public JsonObject? LastOutput { get; set; }

        public void RequireAgain()
        {
            Again.UnionWith(Asked);
            Asked.Clear();
        }
    }
}
