using System.Globalization;
using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.ApiServer.Admission.PodSecurity;

/// <summary>What a namespace's labels ask of its pods. A label that cannot be read counts as the strictest where it enforces.</summary>
internal readonly record struct NamespacePolicy(LevelVersion Enforce, LevelVersion Audit, LevelVersion Warn)
{
    public const string Prefix = "pod-security.kubernetes.io/";

    public static readonly NamespacePolicy Privileged = new(LevelVersion.Privileged, LevelVersion.Privileged, LevelVersion.Privileged);

    public bool IsPrivileged =>
        Enforce.Level == PolicyLevel.Privileged && Audit.Level == PolicyLevel.Privileged && Warn.Level == PolicyLevel.Privileged;

    /// <summary>The same in effect: of the privileged level the version says nothing.</summary>
    public bool IsLike(in NamespacePolicy other) => Like(Enforce, other.Enforce) && Like(Audit, other.Audit) && Like(Warn, other.Warn);

    /// <param name="defaults">What counts where a label is missing.</param>
    /// <param name="warnAsEnforced">A level that is enforced is warned of too, where nothing else is said: of labels, not of defaults.</param>
    /// <param name="errors">One for each label that cannot be read.</param>
    public static NamespacePolicy Of(IEnumerable<KeyValuePair<string, string>> labels, in NamespacePolicy defaults, bool warnAsEnforced, out IReadOnlyList<FieldError> errors)
    {
        string? enforce = null, enforceVersion = null, audit = null, auditVersion = null, warn = null, warnVersion = null;
        foreach (var (key, value) in labels)
        {
            if (!key.StartsWith(Prefix, StringComparison.Ordinal))
            {
                continue;
            }
            switch (key[Prefix.Length..])
            {
                case "enforce":
                    enforce = value;
                    break;
                case "enforce-version":
                    enforceVersion = value;
                    break;
                case "audit":
                    audit = value;
                    break;
                case "audit-version":
                    auditVersion = value;
                    break;
                case "warn":
                    warn = value;
                    break;
                case "warn-version":
                    warnVersion = value;
                    break;
            }
        }
        var problems = new List<FieldError>();
        var enforced = new LevelVersion(
            Level(enforce, "enforce", defaults.Enforce.Level, PolicyLevel.Restricted, problems, out var hasEnforce),
            Version(enforceVersion, "enforce-version", defaults.Enforce.Minor, problems));
        var audited = new LevelVersion(
            Level(audit, "audit", defaults.Audit.Level, PolicyLevel.Privileged, problems, out _), Version(auditVersion, "audit-version", defaults.Audit.Minor, problems));
        var warned = new LevelVersion(
            Level(warn, "warn", defaults.Warn.Level, PolicyLevel.Privileged, problems, out _), Version(warnVersion, "warn-version", defaults.Warn.Minor, problems));
        if (warnAsEnforced && warn is null && hasEnforce && enforced.Level > warned.Level)
        {
            // Who enforces is warned of the same, too: workloads are only warned about.
            warned = new(enforced.Level, warnVersion is null ? enforced.Minor : warned.Minor);
        }
        errors = problems;
        return new(enforced, audited, warned);
    }

    public static IEnumerable<KeyValuePair<string, string>> Labels(JsonObject obj)
    {
        foreach (var (key, value) in obj.Object("metadata")?.Object("labels") ?? [])
        {
            if (value is JsonString text)
            {
                yield return new(key, text.Value);
            }
        }
    }

    private static bool Like(LevelVersion a, LevelVersion b) => a == b || (a.Level == PolicyLevel.Privileged && b.Level == PolicyLevel.Privileged);

    private static PolicyLevel Level(string? text, string label, PolicyLevel missing, PolicyLevel otherwise, List<FieldError> errors, out bool given)
    {
        given = true;
        switch (text)
        {
            case "privileged":
                return PolicyLevel.Privileged;
            case "baseline":
                return PolicyLevel.Baseline;
            case "restricted":
                return PolicyLevel.Restricted;
        }
        given = false;
        if (text is null)
        {
            return missing;
        }
        errors.Add(FieldError.Invalid($"metadata.labels[{Prefix}{label}]", text, "must be one of privileged, baseline, restricted"));
        return otherwise;
    }

    private static int Version(string? text, string label, int missing, List<FieldError> errors)
    {
        if (text is null)
        {
            return missing;
        }
        if (text == "latest")
        {
            return LevelVersion.Latest;
        }
        if (text.StartsWith("v1.", StringComparison.Ordinal)
            && (text.Length == 4 || (text.Length > 4 && text[3] != '0'))
            && int.TryParse(text.AsSpan(3), NumberStyles.None, CultureInfo.InvariantCulture, out var minor))
        {
            return minor;
        }
        errors.Add(FieldError.Invalid($"metadata.labels[{Prefix}{label}]", text, "must be \"latest\" or \"v1.x\""));
        return LevelVersion.Latest;
    }
}
