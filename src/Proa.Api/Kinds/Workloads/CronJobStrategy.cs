using Proa.Api.Json;

namespace Proa.Api.Kinds.Workloads;

internal sealed class CronJobStrategy() : KindStrategy(new("batch", "v1", "CronJob"), new(Namespaced: true, HasStatus: true, CountsGeneration: true))
{
    protected override void DropGated(JsonObject obj, JsonObject? old) => Pods.GatedFields.DropFromTemplate(
        obj.At("spec", "jobTemplate", "spec", "template"), old?.At("spec", "jobTemplate", "spec", "template"));

    public override void ApplyDefaults(JsonObject obj)
    {
        var spec = obj.EnsureObject("spec");
        spec.Default("concurrencyPolicy", "Allow");
        spec.DefaultUnset("suspend", false);
        spec.DefaultUnset("successfulJobsHistoryLimit", 3);
        spec.DefaultUnset("failedJobsHistoryLimit", 1);
        // The template's job fields get their defaults when a job is made of it.
        var template = spec.EnsureObject("jobTemplate").EnsureObject("spec").EnsureObject("template");
        Pods.PodSpecDefaults.ApplyToTemplate(template);
    }

    public override IReadOnlyList<string> Warnings(JsonObject obj, JsonObject? old)
    {
        var warnings = new List<string>();
        if (old is null && Pods.PodWarnings.OfName(obj, TemplateWarnings.PodNames) is { } name)
        {
            warnings.Add(name);
        }
        if (TemplateWarnings.IsNewOrChanged(obj, old))
        {
            JobRules.Warn(obj.Sub("spec", "jobTemplate", "spec"), "spec.jobTemplate.spec", warnings);
        }
        if (old is not null && obj.Sub("spec").Text("schedule").Contains("TZ", StringComparison.Ordinal))
        {
            warnings.Add("cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details");
        }
        return warnings;
    }

    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        CheckSpec(obj, null, errors);
        if (obj.Sub("metadata").Text("name") is { Length: > 52 } name)
        {
            errors.Invalid("metadata.name", name, "must be no more than 52 characters");
        }
    }

    protected override void CheckUpdate(JsonObject obj, JsonObject old, FieldErrors errors) => CheckSpec(obj, old.Sub("spec"), errors);

    private static void CheckSpec(JsonObject obj, JsonObject? before, FieldErrors errors)
    {
        var spec = obj.EnsureObject("spec");
        var schedule = spec.Text("schedule");
        if (schedule.Length == 0)
        {
            errors.Required("spec.schedule");
        }
        else if (CronSchedule.ErrorOf(schedule) is { } wrong)
        {
            errors.Invalid("spec.schedule", schedule, wrong);
        }
        if (schedule.Contains("TZ", StringComparison.Ordinal))
        {
            if (before?.Text("schedule").Contains("TZ", StringComparison.Ordinal) != true)
            {
                errors.Invalid("spec.schedule", schedule, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead");
            }
            else if (spec.ContainsKey("timeZone"))
            {
                errors.Invalid("spec.schedule", schedule, "cannot use both timeZone field and TZ or CRON_TZ in schedule");
            }
        }
        errors.NonNegative("spec.startingDeadlineSeconds", spec["startingDeadlineSeconds"]);
        if (spec.String("timeZone") is { } zone && zone != before?.String("timeZone"))
        {
            TimeZone(zone, errors);
        }
        errors.OneOf("spec.concurrencyPolicy", spec.Text("concurrencyPolicy"), "Allow", "Forbid", "Replace");
        errors.NonNegative("spec.successfulJobsHistoryLimit", spec["successfulJobsHistoryLimit"]);
        errors.NonNegative("spec.failedJobsHistoryLimit", spec["failedJobsHistoryLimit"]);
        JobRules.Check(spec.EnsureObject("jobTemplate").EnsureObject("spec"), "spec.jobTemplate.spec", errors);
        if (spec.At("jobTemplate", "spec")?.ContainsKey("selector") == true)
        {
            errors.Invalid("spec.jobTemplate.spec.selector", spec.At("jobTemplate", "spec", "selector"), "`selector` will be auto-generated");
        }
        if (spec.At("jobTemplate", "spec")?.Bool("manualSelector") == true)
        {
            errors.NotSupported("spec.jobTemplate.spec.manualSelector", true, "nil", "false");
        }
    }

    private static void TimeZone(string zone, FieldErrors errors)
    {
        if (zone.Length == 0)
        {
            errors.Invalid("spec.timeZone", zone, "timeZone must be nil or non-empty string");
        }
        else if (zone.Split('/').Any(static part => part is "." or ".." || part.StartsWith('-') || part.Length is 0 or > 14
            || part.Any(static c => !(char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '+'))))
        {
            errors.Invalid("spec.timeZone", zone, $"unknown time zone {zone}");
        }
        else if (zone.Equals("Local", StringComparison.OrdinalIgnoreCase))
        {
            errors.Invalid("spec.timeZone", zone, "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones");
            if (zone != "Local")
            {
                errors.Invalid("spec.timeZone", zone, $"unknown time zone {zone}");
            }
        }
        else if (zone != "UTC" && !TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _))
        {
            errors.Invalid("spec.timeZone", zone, $"unknown time zone {zone}");
        }
    }
}
