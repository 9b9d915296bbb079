using System.Globalization;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Proa.Api.Models.Core;

namespace Proa.Client.Events;

/// <summary>
/// Writes what is recorded on its own loop, in order. What happens again is one Event that counts (see
/// <see cref="EventCorrelator"/>); when more is recorded than the API takes, the newest are dropped.
/// </summary>
public sealed partial class EventRecorder(
    IClusterClient client, EventRecorderOptions options, TimeProvider time, ILogger logger) : IEventRecorder
{
    private const int Capacity = 1000;
    private const int Attempts = 12;

    private readonly Channel<Event> _pending = Channel.CreateBounded<Event>(
        new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private readonly EventCorrelator _correlator = new(time);
    private readonly Backoff _backoff = new(TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(10), Random.Shared);

    public void Record(ObjectReference regarding, string type, string reason, string message, string? action = null)
    {
        var now = time.GetUtcNow();
        var e = new Event
        {
            Metadata = new() { Namespace = regarding.Namespace ?? "default" },
            InvolvedObject = regarding,
            Type = type,
            Reason = reason,
            Message = message,
            ReportingComponent = options.Component,
            ReportingInstance = options.Host ?? (options.Style == EventStyle.Series ? options.Component : ""),
        };
        _pending.Writer.TryWrite(options.Style == EventStyle.Series
            ? e with { EventTime = now, Action = action ?? reason }
            : e with { Source = new() { Component = options.Component, Host = options.Host }, FirstTimestamp = now, LastTimestamp = now });
    }

    /// <summary>Writes until the token is cancelled.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        try
        {
            await foreach (var e in _pending.Reader.ReadAllAsync(ct))
            {
                await WriteAsync(e, ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The end.
        }
    }

    private async Task WriteAsync(Event recorded, CancellationToken ct)
    {
        if (_correlator.Correlate(recorded) is not { } write)
        {
            return;
        }
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var answer = write.Known is { } known
                    ? await client.PatchAsync<Event>(known.Metadata.Namespace, known.Metadata.Name!, PatchKind.Merge, Patch(write.Event), ct)
                    : await client.CreateAsync(write.Event, ct);
                if (answer.IsNotFound && write.Known is not null)
                {
                    // It expired: begin anew, with the count so far.
                    write = write with { Known = null };
                    continue;
                }
                if (answer.Ok)
                {
                    _correlator.Written(write.Key, answer.Value);
                }
                else
                {
                    // Forbidden, or its namespace is going: nothing that another attempt would cure.
                    LogRefused(logger, recorded.Reason, answer.Error.Message);
                }
                _backoff.Reset();
                return;
            }
            catch (HttpRequestException e)
            {
                if (attempt == Attempts)
                {
                    LogRefused(logger, recorded.Reason, e.Message);
                    return;
                }
                await Task.Delay(_backoff.Next(), time, ct);
            }
        }
    }

    private static byte[] Patch(Event e)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(128);
        using (var writer = new System.Text.Json.Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            if (e.Series is { } series)
            {
                writer.WritePropertyName("series"u8);
                series.Write(writer);
            }
            else
            {
                writer.WriteNumber("count"u8, e.Count ?? 1);
                writer.WriteString("lastTimestamp"u8, e.LastTimestamp!.Value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
                writer.WriteString("message"u8, e.Message);
            }
            writer.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Event {Reason} was not written: {Why}")]
    private static partial void LogRefused(ILogger logger, string? reason, string? why);
}
