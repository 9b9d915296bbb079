using System.Globalization;
using Proa.ApiServer.Pipeline;
using Proa.Store;

namespace Proa.ApiServer.Verbs;

/// <summary>Reads one object.</summary>
internal sealed class GetVerb(IObjectStore store, Answers answers)
{
    public ApiResponse Handle(RequestScope scope)
    {
        if (scope.Request.Query["resourceVersion"] is { Length: > 0 } text && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var wanted)
            && wanted > store.Revision)
        {
            return ApiResponse.Of(Statuses.RevisionTooLarge(wanted, store.Revision));
        }
        return store.Get(scope.Key) is { } found
            ? answers.Object(scope, found.Json, found.Revision)
            : ApiResponse.Of(Statuses.NotFound(scope.GroupResource, scope.Name));
    }
}
