using Proa.Api.Models;
using Proa.Api.Models.Core;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Streams;
using Proa.ApiServer.Verbs;
using Proa.Store;

namespace Proa.ApiServer.Subresources;

/// <summary><c>pods/log</c>, <c>exec</c>, <c>attach</c> and <c>portforward</c>: streams between a client and the pod's node.</summary>
internal sealed class PodStreamSubresource(IObjectStore store, PodStreams streams) : ISubresource
{
    public ValueTask<ApiResponse> HandleAsync(RequestScope scope, CancellationToken ct) => new(store.Get(scope.Key) is { } found
        ? streams.Handle(scope.Request, Model.Read<Pod>(found.Json))
        : ApiResponse.Of(Statuses.NotFound("pods", scope.Name)));
}
