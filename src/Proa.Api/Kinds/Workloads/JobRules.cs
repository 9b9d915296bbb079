using Proa.Api.Json;
using Proa.Api.Kinds.Pods;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Workloads;

/// <summary>What a job's spec must be like, its own or a CronJob's template.</summary>
internal static class JobRules
{
    private const int MostIndexes = 100_000;
    private const int MostParallelOfMany = 10_000;

    private const int ManyCompletions = 100_000;
    private const int MuchParallelism = 10_000;

    public static void Warn(JsonObject spec, string path, List<string> warnings)
    {
        if (spec.Text("completionMode") == "Indexed" && spec.Int("completions") > ManyCompletions && spec.Int("parallelism") > MuchParallelism)
        {
            warnings.Add($"{path}: In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail");
        }
        PodWarnings.Add(spec.Object("template"), $"{path}.template", warnings);
    }

    public static void Check(JsonObject spec, string at, FieldErrors errors)
    {
        foreach (var name in (ReadOnlySpan<string>)["parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished", "backoffLimitPerIndex", "maxFailedIndexes"])
        {
            errors.NonNegative($"{at}.{name}", spec[name]);
        }
        if (spec.ContainsKey("maxFailedIndexes") && !spec.ContainsKey("backoffLimitPerIndex"))
        {
            errors.Required($"{at}.backoffLimitPerIndex", "when maxFailedIndexes is specified");
        }
        if (spec.String("managedBy") is { } manager)
        {
            DomainPaths.Check(manager, $"{at}.managedBy", errors);
            if (manager.Length > 63)
            {
                errors.Add(FieldError.TooLong($"{at}.managedBy", 63));
            }
        }
        Mode(spec, at, errors);
        JobPolicyRules.Failure(spec, $"{at}.podFailurePolicy", errors);
        JobPolicyRules.Success(spec, $"{at}.successPolicy", errors);
        Replacement(spec, $"{at}.podReplacementPolicy", errors);
        PodSpecRules.CheckTemplate(spec.Object("template"), $"{at}.template", errors);
        Restart(spec, $"{at}.template.spec.restartPolicy", errors);
    }

    private static void Mode(JsonObject spec, string at, FieldErrors errors)
    {
        var mode = spec.String("completionMode");
        if (mode is not (null or "NonIndexed" or "Indexed"))
        {
            errors.NotSupported($"{at}.completionMode", mode, "NonIndexed", "Indexed");
        }
        if (mode is null or "NonIndexed")
        {
            foreach (var name in (ReadOnlySpan<string>)["backoffLimitPerIndex", "maxFailedIndexes"])
            {
                if (spec[name] is { } value)
                {
                    errors.Invalid($"{at}.{name}", value, "requires indexed completion mode");
                }
            }
        }
        if (mode == "Indexed")
        {
            Indexed(spec, at, errors);
        }
    }

    private static void Indexed(JsonObject spec, string at, FieldErrors errors)
    {
        var (completions, parallelism, failed) = (spec.Int("completions"), spec.Int("parallelism"), spec.Int("maxFailedIndexes"));
        if (completions is null)
        {
            errors.Required($"{at}.completions", "when completion mode is Indexed");
        }
        if (parallelism > MostIndexes)
        {
            errors.Invalid($"{at}.parallelism", parallelism, $"must be less than or equal to {MostIndexes} when completion mode is Indexed");
        }
        if (failed > completions)
        {
            errors.Invalid($"{at}.maxFailedIndexes", failed, "must be less than or equal to completions");
        }
        if (failed > MostIndexes)
        {
            errors.Invalid($"{at}.maxFailedIndexes", failed, $"must be less than or equal to {MostIndexes}");
        }
        if (completions > MostIndexes && spec.ContainsKey("backoffLimitPerIndex"))
        {
            var suffix = $"must be less than or equal to {MostParallelOfMany} when completions are above {MostIndexes} and used with backoff limit per index";
            if (failed is null)
            {
                errors.Required($"{at}.maxFailedIndexes", $"must be specified when completions is above {MostIndexes}");
            }
            if (parallelism > MostParallelOfMany)
            {
                errors.Invalid($"{at}.parallelism", parallelism, suffix);
            }
            if (failed > MostParallelOfMany)
            {
                errors.Invalid($"{at}.maxFailedIndexes", failed, suffix);
            }
        }
    }

    private static void Replacement(JsonObject spec, string at, FieldErrors errors)
    {
        if (spec.String("podReplacementPolicy") is not { } policy)
        {
            return;
        }
        if (spec.ContainsKey("podFailurePolicy"))
        {
            if (policy != "Failed")
            {
                errors.NotSupported(at, policy, "Failed");
            }
        }
        else if (policy is not ("Failed" or "TerminatingOrFailed"))
        {
            errors.NotSupported(at, policy, "Failed", "TerminatingOrFailed");
        }
    }

    private static void Restart(JsonObject spec, string at, FieldErrors errors)
    {
        var restart = spec.Sub("template", "spec").Text("restartPolicy");
        if (restart is "" or "Always")
        {
            errors.Required(at, "valid values: \"OnFailure\", \"Never\"");
        }
        else if (restart is not ("OnFailure" or "Never"))
        {
            errors.NotSupported(at, restart, "OnFailure", "Never");
        }
        else if (spec.ContainsKey("podFailurePolicy") && restart != "Never")
        {
            errors.Invalid(at, restart, "only \"Never\" is supported when podFailurePolicy is specified");
        }
    }
}
