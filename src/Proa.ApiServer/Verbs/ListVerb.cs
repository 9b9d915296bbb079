using System.Buffers;
using System.Globalization;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Metrics;
using Proa.ApiServer.Objects;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Tables;
using Proa.Store;

namespace Proa.ApiServer.Verbs;

/// <summary>Lists a collection, in pages of one snapshot.</summary>
internal sealed class ListVerb(IObjectStore store, Answers answers, StorageMetrics metrics)
{
    private const string ContinueExpired =
        "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, "
        + "or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an "
        + "inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.";

    public ApiResponse Handle(RequestScope scope)
    {
        var parameters = ListParameters.Read(scope.Request.Query, watch: false);
        if (!parameters.Ok)
        {
            return ApiResponse.Of(parameters.Error);
        }
        var selection = Selection.Read(scope);
        if (!selection.Ok)
        {
            return ApiResponse.Of(selection.Error);
        }
        var page = Read(scope, parameters.Value, selection.Value);
        return page.Error is not null ? ApiResponse.Of(page.Error) : Answer(scope, page);
    }

    /// <summary>Selects a page; also what deletecollection works through.</summary>
    public Page Read(RequestScope scope, ListParameters parameters, Selection selection)
    {
        var allNamespaces = scope.Namespace.Length == 0;
        long revision = 0;
        ContinueToken? from = null;
        if (parameters.Continue is { } text)
        {
            if (!ContinueToken.TryParse(text, allNamespaces && scope.Type.Namespaced, out var token, out var error))
            {
                return new(Statuses.BadRequest("invalid continue token: " + error));
            }
            if (parameters.ResourceVersion is > 0)
            {
                return new(Statuses.BadRequest("specifying resource version is not allowed when using continue"));
            }
            from = token;
            revision = Math.Max(token.Revision, 0);
        }
        else if (parameters.ResourceVersion is { } wanted)
        {
            if (wanted > store.Revision)
            {
                return new(Statuses.RevisionTooLarge(wanted, store.Revision));
            }
            // Pages of a named revision are of that revision, as they always were.
            if (parameters.Match == "Exact" || (parameters.Match.Length == 0 && parameters.Limit > 0))
            {
                revision = wanted;
            }
        }
        var snapshot = store.List(scope.Type.Collection, allNamespaces ? null : scope.Namespace, revision);
        if (snapshot is null)
        {
            return new(from is { } expired
                ? Statuses.Expired(ContinueExpired) with { Metadata = new ListMeta { Continue = (expired with { Revision = -1 }).ToString() } }
                : Statuses.Expired($"The resourceVersion for the provided list is too old."));
        }
        var page = Select(scope, parameters, selection, snapshot, from, out var evaluated);
        metrics.Listed(scope.Type.Group, scope.Type.Plural, evaluated, page.Items.Count);
        return page;
    }

    private static Page Select(
        RequestScope scope, ListParameters parameters, Selection selection, CollectionSnapshot snapshot, ContinueToken? from, out int evaluated)
    {
        var items = from is { } token ? snapshot.After(scope.Namespace.Length == 0 ? token.Namespace : scope.Namespace, token.Name) : snapshot.Items;
        var limit = parameters.Limit > 0 ? parameters.Limit : long.MaxValue;
        evaluated = items.Count;
        if (selection.IsEmpty && items.Count <= limit)
        {
            return new(null) { Items = items, Revision = snapshot.Revision };
        }
        var chosen = new List<StoredObject>((int)Math.Min(limit, Math.Min(items.Count, 512)));
        var at = CollectionSnapshot.Select(items, selection.IsEmpty ? null : selection, limit, chosen);
        evaluated = at;
        if (at >= items.Count)
        {
            return new(null) { Items = chosen, Revision = snapshot.Revision };
        }
        var last = items[at - 1].Key;
        return new(null)
        {
            Items = chosen,
            Revision = snapshot.Revision,
            Continue = new ContinueToken(snapshot.Revision, scope.Namespace.Length == 0 ? last.Namespace : "", last.Name).ToString(),
            Remaining = selection.IsEmpty ? items.Count - at : null,
        };
    }

    private ApiResponse Answer(RequestScope scope, Page page)
    {
        var items = Shown(scope, page);
        var revision = page.Revision.ToString(CultureInfo.InvariantCulture);
        switch (scope.Format.Form)
        {
            case AnswerForm.Table when answers.Tables is not null:
                if (!Answers.TryIncludeObject(scope, out var include))
                {
                    return Answers.WrongIncludeObject(include);
                }
                var output = new ArrayBufferWriter<byte>(16 * 1024);
                answers.Tables.Write(scope.Type, new TableOptions(include, revision)
                {
                    ApiVersion = scope.Format.MetaVersion,
                    Continue = page.Continue,
                    RemainingItemCount = page.Remaining,
                }, items, output);
                return Answers.Bytes(scope, output.WrittenMemory);
            case AnswerForm.Metadata when !scope.Format.OfList:
                return ApiResponse.Of(Statuses.NotAcceptableMessage(
                    $"you requested PartialObjectMetadata, but the requested object is a list (*{GoTypes.ListOf(scope.Type)})"));
            case AnswerForm.Metadata:
                ReadOnlyMemory<byte>[] parts = [.. items.Select(item => ObjectForms.MetadataOnly(item, scope.Format.MetaVersion))];
                return new ListResponse(scope.Format.MetaVersion, "PartialObjectMetadataList", revision, parts)
                {
                    Continue = page.Continue,
                    Remaining = page.Remaining,
                    Warnings = scope.Warnings,
                };
            default:
                return new ListResponse(scope.Type.Info.ApiVersion, scope.Type.ListKind, revision, items)
                {
                    Continue = page.Continue,
                    Remaining = page.Remaining,
                    OmittedPrefix = scope.Rules.OmittedPrefix,
                    PrintsEmptyContinue = scope.Rules.IsCustom,
                    Warnings = scope.Warnings,
                };
        }
    }

    /// <summary>The page's objects in the version of the request; those of the stored one as they are, without a list of their own.</summary>
    private static IReadOnlyList<ReadOnlyMemory<byte>> Shown(RequestScope scope, Page page)
    {
        if (scope.Rules.View.IsSame)
        {
            return new StoredItems(page.Items);
        }
        var items = new ReadOnlyMemory<byte>[page.Items.Count];
        var next = 0;
        foreach (var item in page.Items)
        {
            items[next++] = item.Json;
        }
        scope.Rules.View.OfAll(items);
        return items;
    }

    internal sealed record Page(Status? Error)
    {
        public IReadOnlyList<StoredObject> Items { get; init; } = [];

        public long Revision { get; init; }

        public string? Continue { get; init; }

        public long? Remaining { get; init; }
    }
}
