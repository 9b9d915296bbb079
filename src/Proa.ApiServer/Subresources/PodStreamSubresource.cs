using Proa.Api.Models;
using Proa.Api.Models.Core;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Streams;
using Proa.ApiServer.Verbs;
using Proa.Store;

namespace Proa.ApiServer.Subresources;

/// <summary><c>pods/log</c>, <c>exec</c>, <c>attach</c> and <c>portforward</c>: streams between a client and the pod's node.</summary>
internal sealed class PodStreamSubresource(IObjectStore store, SubresourceAdmission admission, PodStreams streams) : ISubresource
{
    public async ValueTask<ApiResponse> HandleAsync(RequestScope scope, CancellationToken ct)
    {
        if (store.Get(scope.Key) is not { } found)
        {
            return ApiResponse.Of(Statuses.NotFound("pods", scope.Name));
        }
        // A log is read, not connected to.
        if (scope.Subresource != "log" && await admission.ConnectAsync(scope, ct) is { } refused)
        {
            return ApiResponse.Of(refused);
        }
        return streams.Handle(scope.Request, Model.Read<Pod>(found.Json));
    }
}
