using Proa.Api.Json;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Virtual;

namespace Proa.ApiServer.Security.Reviews;

/// <summary>Who am I: <c>kubectl auth whoami</c>.</summary>
internal sealed class SelfSubjectReviews(TimeProvider time) : IVirtualResource
{
    public string Group => "authentication.k8s.io";

    public string Plural => "selfsubjectreviews";

    public ValueTask<ApiResponse> HandleAsync(ApiRequest request, JsonObject? body, CancellationToken ct)
    {
        var metadata = body!.EnsureObject("metadata");
        metadata["creationTimestamp"] = ReviewAnswer.Now(time);
        return new(ReviewAnswer.Created(request, body, new() { ["userInfo"] = UserJson.Of(request.User) }, time));
    }
}
