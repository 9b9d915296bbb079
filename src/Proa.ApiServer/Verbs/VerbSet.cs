using Proa.ApiServer.Pipeline;

namespace Proa.ApiServer.Verbs;

/// <summary>The verbs on a resource itself. Thread-safe.</summary>
internal sealed record VerbSet(
    GetVerb Get, ListVerb List, WatchVerb Watch, CreateVerb Create, UpdateVerb Update, PatchVerb Patch, DeleteVerb Delete,
    DeleteCollectionVerb DeleteCollection)
{
    public ValueTask<ApiResponse> HandleAsync(RequestScope scope, CancellationToken ct) => scope.Request.Info.Verb switch
    {
        "get" => new(Get.Handle(scope)),
        "list" => new(List.Handle(scope)),
        "watch" => new(Watch.Handle(scope)),
        "create" => Create.HandleAsync(scope, ct),
        "update" => Update.HandleAsync(scope, ct),
        "patch" => Patch.HandleAsync(scope, ct),
        "delete" => Delete.HandleAsync(scope, ct),
        "deletecollection" => DeleteCollection.HandleAsync(scope, ct),
        _ => new(ApiResponse.Of(Statuses.MethodNotAllowed())),
    };
}
