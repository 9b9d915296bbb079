using Proa.Api.Models.Core;

namespace Proa.Client.Events;

/// <summary>
/// Decides what a recorded event becomes: a new Event, a count on one that was written before, or nothing. The rules are
/// client-go's: one object may cause 25 writes at once and then one in five minutes; more than ten messages of one reason
/// within ten minutes become one combined Event. Not thread-safe.
/// </summary>
internal sealed class EventCorrelator(TimeProvider time)
{
    private const int MaxRemembered = 4096;
    private const int MaxSimilar = 10;
    private const int Burst = 25;
    private static readonly TimeSpan s_similarWindow = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_seriesWindow = TimeSpan.FromMinutes(6);
    private static readonly TimeSpan s_refill = TimeSpan.FromMinutes(5);

    private readonly LeastRecentMap<EventKey, Event> _written = new(MaxRemembered);
    private readonly LeastRecentMap<EventKey, Similar> _similar = new(MaxRemembered);
    private readonly LeastRecentMap<EventKey, Allowance> _allowances = new(MaxRemembered);
    private long _lastStamp;

    /// <returns>Null when the object has used up its allowance.</returns>
    public EventWrite? Correlate(Event recorded)
    {
        var now = time.GetUtcNow();
        var e = Combine(recorded, now);
        var combined = !ReferenceEquals(e, recorded);
        var key = EventKey.Of(e) with { Message = combined ? "" : e.Message };
        var known = _written.Get(key);
        if (known is not null && e.EventTime is not null && now - (known.Series?.LastObservedTime ?? known.EventTime) > s_seriesWindow)
        {
            known = null;
        }
        if (!Allow(recorded, now))
        {
            return null;
        }
        if (known is not null)
        {
            var next = known with { Message = e.Message };
            next = e.EventTime is { } at
                ? next with { Series = new() { Count = (known.Series?.Count ?? 1) + 1, LastObservedTime = at } }
                : next with { Count = (known.Count ?? 1) + 1, LastTimestamp = e.LastTimestamp };
            return new(key, known, WithoutRevision(next));
        }
        var made = e with { Metadata = e.Metadata with { Name = $"{e.InvolvedObject.Name}.{Stamp(now):x16}" } };
        return new(key, null, made.EventTime is null ? made with { Count = 1 } : made);
    }

    /// <summary>The event stands as answered; the next of its key counts on it.</summary>
    public void Written(EventKey key, Event e) => _written.Set(key, e);

    private static Event WithoutRevision(Event e) => e with { Metadata = new() { Name = e.Metadata.Name, Namespace = e.Metadata.Namespace } };

    private Event Combine(Event e, DateTimeOffset now)
    {
        if (e.EventTime is not null)
        {
            return e;
        }
        var key = EventKey.Of(e);
        var similar = _similar.Get(key);
        if (similar is null || now - similar.Last > s_similarWindow)
        {
            similar = new();
            _similar.Set(key, similar);
        }
        similar.Last = now;
        similar.Messages.Add(e.Message ?? "");
        if (similar.Messages.Count < MaxSimilar)
        {
            return e;
        }
        // Enough is known to say that there are many: do not keep more messages than that.
        similar.Messages.Remove(e.Message ?? "");
        return e with { Message = $"(combined from similar events): {e.Message}" };
    }

    private bool Allow(Event e, DateTimeOffset now)
    {
        var key = EventKey.OfObject(e);
        var allowance = _allowances.Get(key);
        if (allowance is null)
        {
            allowance = new() { Left = Burst, At = now };
            _allowances.Set(key, allowance);
        }
        allowance.Left = Math.Min(Burst, allowance.Left + ((now - allowance.At) / s_refill));
        allowance.At = now;
        if (allowance.Left < 1)
        {
            return false;
        }
        allowance.Left--;
        return true;
    }

    /// <summary>Nanoseconds since 1970, never the same twice.</summary>
    private long Stamp(DateTimeOffset now) => _lastStamp = Math.Max(_lastStamp + 1, (now - DateTimeOffset.UnixEpoch).Ticks * 100);

    private sealed class Similar
    {
        public HashSet<string> Messages { get; } = new(StringComparer.Ordinal);

        public DateTimeOffset Last { get; set; }
    }

    private sealed class Allowance
    {
        public double Left { get; set; }

        public DateTimeOffset At { get; set; }
    }
}

/// <param name="Known">The Event to patch; null to create <see cref="Event"/>.</param>
internal sealed record EventWrite(EventKey Key, Event? Known, Event Event);

/// <summary>What makes two events the same; without the message, what makes them similar.</summary>
internal sealed record EventKey(
    string? Component, string? Host, string? Kind, string? Namespace, string? Name, string? Uid, string? FieldPath, string? Type, string? Reason, string? Message)
{
    public static EventKey Of(Event e) => OfObject(e) with { FieldPath = e.InvolvedObject.FieldPath, Type = e.Type, Reason = e.Reason };

    public static EventKey OfObject(Event e) => new(
        e.ReportingComponent, e.ReportingInstance, e.InvolvedObject.Kind, e.InvolvedObject.Namespace, e.InvolvedObject.Name, e.InvolvedObject.Uid, null, null, null, null);
}
