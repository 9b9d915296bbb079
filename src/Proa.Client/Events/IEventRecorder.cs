using Proa.Api.Meta;
using Proa.Api.Models.Core;

namespace Proa.Client.Events;

/// <summary>Tells users what happened to an object, as Events. Never blocks, never fails: telling is best effort. Thread-safe.</summary>
public interface IEventRecorder
{
    /// <param name="type"><c>Normal</c> or <c>Warning</c>.</param>
    /// <param name="reason">Why, in UpperCamelCase, for machines.</param>
    /// <param name="action">What was done; only events of <see cref="EventStyle.Series"/> carry it.</param>
    void Record(ObjectReference regarding, string type, string reason, string message, string? action = null);
}

public static class EventRecorderExtensions
{
    /// <param name="fieldPath">The part of the object, such as <c>spec.containers{web}</c>.</param>
    public static void Record(
        this IEventRecorder recorder, IResource regarding, string type, string reason, string message, string? fieldPath = null) =>
        recorder.Record(ReferenceTo(regarding, fieldPath), type, reason, message);

    public static void Normal(this IEventRecorder recorder, IResource regarding, string reason, string message) =>
        recorder.Record(ReferenceTo(regarding, null), "Normal", reason, message);

    public static void Warning(this IEventRecorder recorder, IResource regarding, string reason, string message) =>
        recorder.Record(ReferenceTo(regarding, null), "Warning", reason, message);

    public static ObjectReference ReferenceTo(IResource o, string? fieldPath) => new()
    {
        ApiVersion = o.Info.ApiVersion,
        Kind = o.Info.Kind,
        Name = o.Metadata.Name,
        Namespace = o.Metadata.Namespace,
        Uid = o.Metadata.Uid,
        ResourceVersion = o.Metadata.ResourceVersion,
        FieldPath = fieldPath,
    };
}
