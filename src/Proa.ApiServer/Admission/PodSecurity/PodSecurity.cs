using Proa.Api.Json;
using Proa.Api.Meta;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Pipeline;
using Proa.Store;

namespace Proa.ApiServer.Admission.PodSecurity;

/// <summary>
/// The Pod Security Standards: refuses pods that a namespace's labels forbid, warns of workloads that would make such pods,
/// and of the pods that a change of the labels would have forbidden. Rules and words are those of Kubernetes 1.36.
/// </summary>
internal sealed class PodSecurity : IAdmissionStep
{
    private readonly IObjectStore _store;
    private readonly PodSecuritySettings _settings;
    private readonly NamespacePolicy _defaults;

    public PodSecurity(IObjectStore store, PodSecuritySettings settings)
    {
        (_store, _settings) = (store, settings);
        _defaults = NamespacePolicy.Of(
            settings.Defaults.Where(static item => item.Value.Length > 0).Select(static item => KeyValuePair.Create(NamespacePolicy.Prefix + item.Key, item.Value)),
            NamespacePolicy.Privileged, warnAsEnforced: false, out _);
    }

    public Status? Validate(AdmissionRequest request)
    {
        if (request.Object is not { } obj)
        {
            return null;
        }
        switch (request.Type.Collection)
        {
            case "namespaces":
                return request.Subresource.Length > 0 ? null : Namespace(request, obj);
            case "pods":
                return request.Subresource is "" or "ephemeralcontainers" or "resize" && (request.Old is not { } old || ChangesImages(obj, old))
                    ? Check(request, obj, enforce: true)
                    : null;
            case "replicationcontrollers" or "podtemplates" or "replicasets.apps" or "deployments.apps" or "statefulsets.apps" or "daemonsets.apps"
                or "jobs.batch" or "cronjobs.batch":
                return request.Subresource.Length > 0 ? null : Check(request, obj, enforce: false);
            default:
                return null;
        }
    }

    private Status? Check(AdmissionRequest request, JsonObject obj, bool enforce)
    {
        if (_settings.ExemptNamespaces.Contains(request.Namespace) || _settings.ExemptUsers.Contains(request.User.Name))
        {
            Annotate(request, "exempt", _settings.ExemptNamespaces.Contains(request.Namespace) ? "namespace" : "user");
            return null;
        }
        if (_store.Get(new ObjectKey("namespaces", "", request.Namespace)) is not { } ns)
        {
            return enforce ? Statuses.InternalError($"failed to lookup namespace \"{request.Namespace}\"") : null;
        }
        var policy = Policy(ns.Index.Labels, out var errors);
        if (errors.Count == 0 && ((enforce && policy.IsPrivileged) || (!enforce && policy.Warn.Level == PolicyLevel.Privileged && policy.Audit.Level == PolicyLevel.Privileged)))
        {
            if (enforce)
            {
                Annotate(request, "enforce-policy", LevelVersion.Privileged.ToString());
            }
            return null;
        }
        if (PodUnderCheck.Of(request.Type.Collection, obj) is not { } pod)
        {
            return null;
        }
        if (pod.Spec.String("runtimeClassName") is { Length: > 0 } runtime && _settings.ExemptRuntimeClasses.Contains(runtime))
        {
            Annotate(request, "exempt", "runtimeClass");
            return null;
        }
        if (errors.Count > 0)
        {
            Annotate(request, "error", $"Failed to parse policy: {FieldError.Aggregate(errors)}");
        }
        Status? refusal = null;
        if (enforce)
        {
            Annotate(request, "enforce-policy", policy.Enforce.ToString());
            if (PodChecks.Run(policy.Enforce, pod) is { Count: > 0 } found)
            {
                refusal = Statuses.Forbidden("pods", request.Name, $"violates PodSecurity \"{policy.Enforce}\": {PodChecks.Details(found)}");
            }
        }
        if (PodChecks.Run(policy.Audit, pod) is { Count: > 0 } audited)
        {
            Annotate(request, "audit-violations", $"would violate PodSecurity \"{policy.Audit}\": {PodChecks.Details(audited)}");
        }
        if (refusal is null && PodChecks.Run(policy.Warn, pod) is { Count: > 0 } warned)
        {
            request.Warn($"would violate PodSecurity \"{policy.Warn}\": {PodChecks.Details(warned)}");
        }
        return refusal;
    }

    private Status? Namespace(AdmissionRequest request, JsonObject obj)
    {
        var policy = Policy(NamespacePolicy.Labels(obj), out var errors);
        if (request.Old is not { } oldObject)
        {
            if (errors.Count > 0)
            {
                return Statuses.Invalid("", "Namespace", request.Name, errors);
            }
            WarnExempt(request, obj, policy);
            return null;
        }
        var before = Policy(NamespacePolicy.Labels(oldObject), out var oldErrors);
        if (errors.Count > 0 && !errors.SequenceEqual(oldErrors))
        {
            return Statuses.Invalid("", "Namespace", request.Name, errors);
        }
        if (policy.Enforce != before.Enforce && policy.Enforce.Level != PolicyLevel.Privileged
            && !(policy.Enforce.Minor == before.Enforce.Minor && policy.Enforce.Level <= before.Enforce.Level))
        {
            if (WarnExempt(request, obj, policy))
            {
                return null;
            }
            foreach (var warning in ExistingPods.Warnings(_store, request.Name, policy.Enforce, _settings.ExemptRuntimeClasses))
            {
                request.Warn(warning);
            }
        }
        return null;
    }

    private NamespacePolicy Policy(IEnumerable<KeyValuePair<string, string>> labels, out IReadOnlyList<FieldError> errors) =>
        NamespacePolicy.Of(labels, _defaults, warnAsEnforced: true, out errors);

    /// <summary>Labels of a namespace that is exempt say nothing.</summary>
    /// <returns>Whether it is exempt.</returns>
    private bool WarnExempt(AdmissionRequest request, JsonObject ns, in NamespacePolicy policy)
    {
        if (!_settings.ExemptNamespaces.Contains(request.Name))
        {
            return false;
        }
        if (!policy.IsPrivileged && !policy.IsLike(_defaults))
        {
            var labels = NamespacePolicy.Labels(ns).Select(static label => label.Key).ToHashSet(StringComparer.Ordinal);
            var modes = new List<string>();
            foreach (var (mode, level) in (ReadOnlySpan<(string, LevelVersion)>)[("enforce", policy.Enforce), ("audit", policy.Audit), ("warn", policy.Warn)])
            {
                var label = NamespacePolicy.Prefix + mode;
                if (level.Level != PolicyLevel.Privileged && (labels.Contains(label) || labels.Contains(label + "-version")))
                {
                    modes.Add($"{mode}={level}");
                }
            }
            request.Warn($"namespace \"{request.Name}\" is exempt from Pod Security, and the policy ({string.Join(", ", modes)}) will be ignored");
        }
        return true;
    }

    private static bool ChangesImages(JsonObject pod, JsonObject old)
    {
        var (spec, before) = (pod.Object("spec"), old.Object("spec"));
        foreach (var list in (ReadOnlySpan<string>)["containers", "initContainers"])
        {
            var (now, then) = (spec?.Array(list), before?.Array(list));
            if ((now?.Count ?? 0) != (then?.Count ?? 0))
            {
                return true;
            }
            for (var i = 0; i < now?.Count; i++)
            {
                if (Image(now[i]) != Image(then![i]))
                {
                    return true;
                }
            }
        }
        foreach (var item in spec?.Array("ephemeralContainers") ?? [])
        {
            var was = before?.Array("ephemeralContainers")?.FirstOrDefault(other => (other as JsonObject)?.String("name") == (item as JsonObject)?.String("name"));
            if (was is null || Image(was) != Image(item))
            {
                return true;
            }
        }
        return false;
    }

    private static string Image(JsonValue container) => (container as JsonObject)?.String("image") ?? "";

    private static void Annotate(AdmissionRequest request, string key, string value) => request.Annotate(NamespacePolicy.Prefix + key, value);
}
