using Proa.Api.Models;
using Proa.ApiServer.Pipeline;
using Proa.Client;
using Proa.Store;

namespace Proa.ApiServer.Verbs;

/// <summary>Watches a collection, or one object of it.</summary>
internal sealed class WatchVerb(IObjectStore store, Answers answers, TimeProvider clock, Random random)
{
    public ApiResponse Handle(RequestScope scope)
    {
        var read = ListParameters.Read(scope.Request.Query, watch: true);
        if (!read.Ok)
        {
            return ApiResponse.Of(read.Error);
        }
        var selected = Selection.Read(scope);
        if (!selected.Ok)
        {
            return ApiResponse.Of(selected.Error);
        }
        var (parameters, selection) = (read.Value, selected.Value);
        if (!Answers.TryIncludeObject(scope, out var include) && scope.Format.Form == AnswerForm.Table)
        {
            return Answers.WrongIncludeObject(include);
        }
        var ns = scope.Namespace.Length == 0 ? null : scope.Namespace;
        var type = scope.Type;
        // From "now" or "any": what exists is told first, unless initial events were declined.
        var initial = parameters.SendInitialEvents ?? parameters.ResourceVersion is null or 0;
        IReadOnlyList<StoredObject> items = [];
        var after = parameters.ResourceVersion is { } given and > 0 ? given : store.Revision;
        if (initial)
        {
            var snapshot = store.List(type.Collection, ns)!;
            (items, after) = (snapshot.Items, snapshot.Revision);
        }
        var watch = store.Watch(type.Collection, ns, after);
        if (watch is null)
        {
            return new WatchResponse(new EndedWatch(Statuses.Expired($"too old resource version: {after} ({store.CompactedRevision})")))
            {
                ContentType = ApiResponse.Json,
            };
        }
        var timeout = parameters.Timeout ?? TimeSpan.FromSeconds(1800 + random.Next(1800));
        var shape = new WatchShape(scope.Format, scope.Rules.View, answers.Tables, include);
        return new WatchResponse(new WatchSource(type, selection, watch, shape, new WatchStart(items, after, timeout)
        {
            InitialBookmark = parameters.Bookmarks && parameters.SendInitialEvents == true,
            Bookmarks = parameters.Bookmarks,
        }, clock));
    }

    /// <summary>A watch that could not start: it says why and ends.</summary>
    private sealed class EndedWatch(Proa.Api.Models.Meta.Status status) : IWatchSource
    {
        private bool _told;

        public bool TryNext(out WatchItem item)
        {
            item = _told ? default : new(WatchKind.Error, Model.ToUtf8(status));
            return !_told && (_told = true);
        }

        public ValueTask<bool> WaitAsync(CancellationToken ct) => ValueTask.FromResult(!_told);

        public void Dispose()
        {
        }
    }
}
