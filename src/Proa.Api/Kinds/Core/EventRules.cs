using System.Globalization;
using Proa.Api.Json;
using Proa.Api.Kinds.Internal;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Core;

/// <summary>The rules of events, in the form of the core group.</summary>
internal static class EventRules
{
    private const int MaxShort = 128;
    private const int MaxMessage = 1024;
    private const string OtherNamespace = "does not match event.namespace";

    /// <param name="controllerField">What the request's version calls the reporting controller.</param>
    public static void Check(JsonObject obj, string controllerField, FieldErrors errors)
    {
        var (ns, involved) = (obj.Sub("metadata").Text("namespace"), obj.Sub("involvedObject").Text("namespace"));
        if (!HasTime(obj))
        {
            // Older clients set no time of their own.
            if (involved.Length == 0 ? ns is not ("" or "default") : ns != involved)
            {
                errors.Invalid("involvedObject.namespace", involved, OtherNamespace);
            }
        }
        else
        {
            if (involved.Length == 0 && ns is not ("default" or "kube-system"))
            {
                errors.Invalid("involvedObject.namespace", involved, OtherNamespace);
            }
            Controller(obj.Text("reportingComponent"), controllerField, errors);
            Short(obj, "reportingInstance", errors);
            Short(obj, "action", errors);
            Short(obj, "reason", errors);
            if (obj.Text("message").Length > MaxMessage)
            {
                errors.Invalid("message", "", $"can have at most {MaxMessage} characters");
            }
        }
        errors.Invalid("namespace", ns, Names.DnsSubdomain(ns));
    }

    /// <summary>What the version of events.k8s.io asks of a new one besides.</summary>
    public static void CheckNew(JsonObject obj, FieldErrors errors)
    {
        Series(obj, errors);
        if (!HasTime(obj))
        {
            errors.Required("eventTime");
        }
        if (obj.Text("type") is not ("Normal" or "Warning"))
        {
            errors.Invalid("type", "", $"has invalid value: {obj.Text("type")}");
        }
        foreach (var (name, isSet) in (ReadOnlySpan<(string, bool)>)[
            ("firstTimestamp", obj.Text("firstTimestamp").Length > 0),
            ("lastTimestamp", obj.Text("lastTimestamp").Length > 0),
            ("count", (obj.Int("count") ?? 0) != 0),
            ("source", obj.Sub("source").Text("component").Length > 0 || obj.Sub("source").Text("host").Length > 0)])
        {
            if (isSet)
            {
                errors.Invalid(name, "", "needs to be unset");
            }
        }
    }

    /// <summary>Of an event only its series goes on.</summary>
    public static void CheckChange(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        if (!FieldErrors.Same(obj["series"], old["series"]))
        {
            Series(obj, errors);
        }
        foreach (var name in (ReadOnlySpan<string>)["involvedObject", "reason", "message", "source", "firstTimestamp", "lastTimestamp", "count", "reason", "type"])
        {
            Immutable(name, obj[name], old[name], name is "involvedObject" or "source" ? new JsonObject() : name == "count" ? 0 : "", errors);
        }
        if (Microseconds(obj) != Microseconds(old))
        {
            errors.Invalid("eventTime", obj["eventTime"], "field is immutable");
        }
        foreach (var (field, name) in (ReadOnlySpan<(string, string)>)[
            ("action", "action"), ("related", "related"), ("reportingController", "reportingComponent"), ("reportingInstance", "reportingInstance")])
        {
            Immutable(field, obj[name], old[name], name == "related" ? JsonNull.Instance : "", errors);
        }
    }

    private static void Immutable(string field, JsonValue? value, JsonValue? old, JsonValue unset, FieldErrors errors)
    {
        var (now, before) = (value is null or JsonNull ? unset : value, old is null or JsonNull ? unset : old);
        if (!now.DeepEquals(before))
        {
            var shown = field switch
            {
                "involvedObject" or "related" => now is JsonObject reference ? InternalForms.Of("ObjectReference", reference) : now,
                "source" => InternalForms.Of("EventSource", (JsonObject)now),
                _ => now,
            };
            errors.Invalid(field, shown, "field is immutable");
        }
    }

    private static void Controller(string controller, string field, FieldErrors errors)
    {
        if (controller.Length == 0)
        {
            errors.Required(field);
        }
        errors.Invalid(field, controller, Names.QualifiedName(controller));
    }

    private static void Short(JsonObject obj, string name, FieldErrors errors)
    {
        var text = obj.Text(name);
        if (text.Length == 0)
        {
            errors.Required(name);
        }
        if (text.Length > MaxShort)
        {
            errors.Invalid(name, "", $"can have at most {MaxShort} characters");
        }
    }

    private static void Series(JsonObject obj, FieldErrors errors)
    {
        if (obj.Object("series") is not { } series)
        {
            return;
        }
        if ((series.Int("count") ?? 0) < 2)
        {
            errors.Invalid("series.count", "", "should be at least 2");
        }
        if (series.Text("lastObservedTime").Length == 0)
        {
            errors.Required("series.lastObservedTime");
        }
    }

    private static bool HasTime(JsonObject obj) => obj.Text("eventTime").Length > 0;

    // Some clients write more digits than are kept.
    private static long Microseconds(JsonObject obj) =>
        DateTimeOffset.TryParse(obj.Text("eventTime"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time.UtcTicks / 10 : 0;
}
