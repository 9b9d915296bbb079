using System.Buffers.Text;
using System.Diagnostics;

namespace Proa.Bench.Api.Client;

/// <summary>Counts the events of a watch and how long those on their way were that carry a stamp.</summary>
internal sealed class WatchSink : IBodySink
{
    private const string Mark = "sent-at-";
    private static readonly byte[] s_mark = "\"value\":\"sent-at-"u8.ToArray();
    private static readonly byte[] s_revision = "\"resourceVersion\":\""u8.ToArray();
    private readonly Lock _gate = new();
    private byte[] _line = [];
    private int _length;
    private int _told;
    private (int Count, TaskCompletionSource Reached)? _awaited;

    /// <summary>That of the last event, from which the watch can be resumed.</summary>
    public required long Revision { get; set; }

    /// <summary>How often the server ended the watch and it was begun again.</summary>
    public int Resumed { get; private set; }

    /// <summary>The watch is begun again: half an event that came before comes whole.</summary>
    public void Resume()
    {
        _length = 0;
        Resumed++;
    }

    /// <summary>In milliseconds.</summary>
    public List<double> Latencies { get; } = [];

    public static string Stamp(long timestamp) => $"{Mark}{timestamp:d20}-";

    /// <summary>The first resourceVersion in a text: an object's own.</summary>
    public static long? RevisionOf(ReadOnlySpan<byte> json)
    {
        var at = json.IndexOf(s_revision);
        return at >= 0 && Utf8Parser.TryParse(json[(at + s_revision.Length)..], out long revision, out _) ? revision : null;
    }

    /// <summary>Completes when so many events have come in all.</summary>
    public Task Told(int count)
    {
        lock (_gate)
        {
            if (_told >= count)
            {
                return Task.CompletedTask;
            }
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _awaited = (count, reached);
            return reached.Task;
        }
    }

    public void Take(ReadOnlySpan<byte> part)
    {
        while (part.IndexOf((byte)'\n') is var end && end >= 0)
        {
            if (_length > 0)
            {
                Keep(part[..end]);
                Event(_line.AsSpan(0, _length));
                _length = 0;
            }
            else
            {
                Event(part[..end]);
            }
            part = part[(end + 1)..];
        }
        Keep(part);
    }

    private void Keep(ReadOnlySpan<byte> part)
    {
        if (part.IsEmpty)
        {
            return;
        }
        if (_line.Length < _length + part.Length)
        {
            Array.Resize(ref _line, (_length + part.Length) * 2);
        }
        part.CopyTo(_line.AsSpan(_length));
        _length += part.Length;
    }

    private void Event(ReadOnlySpan<byte> json)
    {
        var at = json.IndexOf(s_mark);
        if (at >= 0 && Utf8Parser.TryParse(json.Slice(at + s_mark.Length, 20), out long sent, out _))
        {
            Latencies.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
        }
        Revision = RevisionOf(json) ?? Revision;
        lock (_gate)
        {
            _told++;
            if (_awaited is { } awaited && _told >= awaited.Count)
            {
                awaited.Reached.TrySetResult();
            }
        }
    }
}
