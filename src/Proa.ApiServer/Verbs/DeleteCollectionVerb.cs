using System.Globalization;
using Proa.ApiServer.Pipeline;

namespace Proa.ApiServer.Verbs;

/// <summary>Deletes all objects that a selection names.</summary>
internal sealed class DeleteCollectionVerb(ListVerb list, ObjectDeleter deleter)
{
    public async ValueTask<ApiResponse> HandleAsync(RequestScope scope, CancellationToken ct)
    {
        var options = DeleteParameters.Read(scope.Request);
        if (!options.Ok)
        {
            return ApiResponse.Of(options.Error);
        }
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
        var page = list.Read(scope, parameters.Value, selection.Value);
        if (page.Error is not null)
        {
            return ApiResponse.Of(page.Error);
        }
        var write = WriteScope.Of(scope, new WriteParameters(options.Value.DryRun, "", FieldValidation.Ignore, false) { Options = options.Value.ToJson });
        var deleted = new List<ReadOnlyMemory<byte>>(page.Items.Count);
        foreach (var item in page.Items)
        {
            var result = await deleter.DeleteAsync(write with { Namespace = item.Key.Namespace }, item.Key.Name, options.Value, ct);
            if (!result.Ok && !result.IsNotFound)
            {
                return ApiResponse.Of(result.Error);
            }
            deleted.Add(scope.Rules.View.Of(item.Json));
        }
        return new ListResponse(scope.Type.Info.ApiVersion, scope.Type.ListKind, page.Revision.ToString(CultureInfo.InvariantCulture), deleted)
        {
            Continue = page.Continue,
            Remaining = page.Remaining,
            OmittedPrefix = scope.Rules.OmittedPrefix,
        };
    }
}
