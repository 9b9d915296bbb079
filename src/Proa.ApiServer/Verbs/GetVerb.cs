using Proa.ApiServer.Pipeline;
using Proa.Store;

namespace Proa.ApiServer.Verbs;

/// <summary>Reads one object.</summary>
internal sealed class GetVerb(IObjectStore store, Answers answers)
{
    public ApiResponse Handle(RequestScope scope) => store.Get(scope.Key) is { } found
        ? answers.Object(scope, found.Json, found.Revision)
        : ApiResponse.Of(Statuses.NotFound(scope.GroupResource, scope.Name));
}
