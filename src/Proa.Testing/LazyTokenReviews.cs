using Proa.Api.Json;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Security.Authorization;
using Proa.ApiServer.Security.Reviews;
using Proa.ApiServer.Virtual;

namespace Proa.Testing;

/// <summary>Token reviews, whose keys are made when the first token is asked about.</summary>
internal sealed class LazyTokenReviews(LazyIdentity identity, ClusterAuthorizer authorizer, TimeProvider time) : IVirtualResource
{
    public string Group => "authentication.k8s.io";

    public string Plural => "tokenreviews";

    public ValueTask<ApiResponse> HandleAsync(ApiRequest request, JsonObject? body, CancellationToken ct)
    {
        foreach (var review in ReviewResources.All(identity.Tokens, authorizer, time))
        {
            if (review.Plural == Plural)
            {
                return review.HandleAsync(request, body, ct);
            }
        }
        throw new InvalidOperationException("there are no token reviews");
    }
}
