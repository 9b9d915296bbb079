using System.Globalization;
using System.Text;
using Proa.ApiServer.CustomResources;
using Proa.ApiServer.Objects;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Types;
using Proa.Api.Models;
using Proa.Client;
using Proa.Store;

namespace Proa.ApiServer.Verbs;

/// <summary>
/// The events of one watch: first those for objects that exist (when asked for), then the store's changes as a selector
/// sees them, bookmarks between, until its time is over or the reader falls too far behind.
/// </summary>
internal sealed class WatchSource : IWatchSource
{
    private readonly ServedType _type;
    private readonly Selection _selection;
    private readonly IStoreWatch _watch;
    private readonly WatchShape _shape;
    private readonly CancellationTokenSource _end;
    private readonly ITimer? _ticker;
    private readonly IReadOnlyList<StoredObject> _initial;
    private readonly long _initialRevision;
    private int _next;
    private bool _initialBookmark;
    private volatile bool _bookmarkDue;
    private long _told;
    private readonly Lock _gate = new();
    private CancellationTokenSource? _wait;
    private bool _over;

    public WatchSource(ServedType type, Selection selection, IStoreWatch watch, WatchShape shape, WatchStart start, TimeProvider clock)
    {
        _type = type;
        _selection = selection;
        _watch = watch;
        _shape = shape;
        _initial = start.Initial;
        _initialRevision = start.Revision;
        _initialBookmark = start.InitialBookmark;
        _told = start.Revision;
        _end = new CancellationTokenSource(start.Timeout, clock);
        if (start.Bookmarks)
        {
            _ticker = clock.CreateTimer(static state => ((WatchSource)state!).Tick(), this, start.BookmarkEvery, start.BookmarkEvery);
        }
    }

    public bool TryNext(out WatchItem item)
    {
        while (_next < _initial.Count)
        {
            var obj = _initial[_next++];
            if (_selection.Matches(obj))
            {
                item = Event(WatchKind.Added, obj.Json);
                return true;
            }
        }
        if (_initialBookmark)
        {
            _initialBookmark = false;
            item = Bookmark(_initialRevision, initialEnd: true);
            return true;
        }
        // Read before the channel is: what it names has been put there already.
        var progress = _bookmarkDue ? _watch.ProgressRevision : 0;
        while (_watch.Changes.TryRead(out var change))
        {
            if (change.Object.Revision <= _told)
            {
                continue;
            }
            _told = change.Object.Revision;
            if (Seen(change, out item))
            {
                return true;
            }
        }
        if (_bookmarkDue)
        {
            _bookmarkDue = false;
            item = Bookmark(Math.Max(progress, _told), initialEnd: false);
            return true;
        }
        if (_watch.Overrun && !_over)
        {
            _over = true;
            var gone = Statuses.Expired("too old resource version: the watch fell too far behind");
            item = new(WatchKind.Error, Model.ToUtf8(gone));
            return true;
        }
        item = default;
        return false;
    }

    public async ValueTask<bool> WaitAsync(CancellationToken ct)
    {
        if (_over || _end.IsCancellationRequested)
        {
            return false;
        }
        if (_watch.Overrun)
        {
            return true;
        }
        CancellationToken wait;
        lock (_gate)
        {
            if (_bookmarkDue)
            {
                return true;
            }
            // Kept from wait to wait, until a bookmark ends one: a thousand watchers of a busy collection wait 200,000 times a second.
            if (_wait is not { IsCancellationRequested: false })
            {
                _wait?.Dispose();
                _wait = CancellationTokenSource.CreateLinkedTokenSource(ct, _end.Token);
            }
            wait = _wait.Token;
        }
        try
        {
            return await _watch.Changes.WaitToReadAsync(wait) || _watch.Overrun;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // The watch's time is over, or a bookmark is due.
            return !_end.IsCancellationRequested;
        }
    }

    public void Dispose()
    {
        _ticker?.Dispose();
        _watch.Dispose();
        lock (_gate)
        {
            _wait?.Dispose();
            _wait = null;
        }
        _end.Dispose();
    }

    private void Tick()
    {
        lock (_gate)
        {
            _bookmarkDue = true;
            _wait?.Cancel();
        }
    }

    /// <summary>What a selector makes of a change: entering is ADDED, leaving is DELETED.</summary>
    private bool Seen(in StoreChange change, out WatchItem item)
    {
        var before = change.Previous is { } previous && _selection.Matches(previous);
        var now = change.Kind != ChangeKind.Deleted && _selection.Matches(change.Object);
        item = default;
        if (change.Kind == ChangeKind.Deleted)
        {
            // Its last state is told, even where the deletion itself changed it.
            if (!before && !_selection.Matches(change.Object))
            {
                return false;
            }
            item = Event(WatchKind.Deleted, change.Object.Json);
            return true;
        }
        if (now)
        {
            item = Event(before ? WatchKind.Modified : WatchKind.Added, change.Object.Json);
            return true;
        }
        if (before)
        {
            item = Event(WatchKind.Deleted, ObjectBytes.WithRevision(change.Previous!.Json, change.Object.Revision));
            return true;
        }
        return false;
    }

    private WatchItem Event(WatchKind kind, ReadOnlyMemory<byte> json)
    {
        try
        {
            return new(kind, _shape.Shape(_type, json));
        }
        catch (ConversionFailedException e)
        {
            _over = true;
            return new(WatchKind.Error, Model.ToUtf8(Statuses.Internal(e.Message)));
        }
    }

    private WatchItem Bookmark(long revision, bool initialEnd)
    {
        var text = new StringBuilder(160);
        var at = revision.ToString(CultureInfo.InvariantCulture);
        text.Append("{\"kind\":\"").Append(_type.Kind).Append("\",\"apiVersion\":\"").Append(_type.Info.ApiVersion)
            .Append("\",\"metadata\":{\"resourceVersion\":\"").Append(at).Append('"');
        if (initialEnd)
        {
            text.Append(",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}");
        }
        return new(WatchKind.Bookmark, _shape.Bookmark(_type, Encoding.UTF8.GetBytes(text.Append("}}").ToString()), at));
    }
}

/// <param name="Initial">What exists at <paramref name="Revision"/> and is told first.</param>
/// <param name="Revision">Changes up to it are not told.</param>
internal sealed record WatchStart(IReadOnlyList<StoredObject> Initial, long Revision, TimeSpan Timeout)
{
    public bool InitialBookmark { get; init; }

    public bool Bookmarks { get; init; }

    public TimeSpan BookmarkEvery { get; init; } = TimeSpan.FromMinutes(1);
}
