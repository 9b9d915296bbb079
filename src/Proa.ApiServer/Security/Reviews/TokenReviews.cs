using Proa.Api.Json;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Security.Authentication;
using Proa.ApiServer.Virtual;

namespace Proa.ApiServer.Security.Reviews;

/// <summary>Whose token is this: asked by servers that let the cluster authenticate for them.</summary>
internal sealed class TokenReviews(BearerTokens tokens, TimeProvider time) : IVirtualResource
{
    public string Group => "authentication.k8s.io";

    public string Plural => "tokenreviews";

    public async ValueTask<ApiResponse> HandleAsync(ApiRequest request, JsonObject? body, CancellationToken ct)
    {
        var spec = body!.Object("spec");
        if (spec?.String("token") is not { Length: > 0 } token)
        {
            return ApiResponse.Of(Statuses.BadRequest("token is required for TokenReview in authentication"));
        }
        var audiences = UserJson.Strings(spec.Array("audiences"));
        var found = await tokens.FindAsync(token, audiences, ct);
        var status = new JsonObject();
        if (found.User is { } user)
        {
            status["authenticated"] = true;
            status["user"] = UserJson.Of(user);
            status["audiences"] = UserJson.Strings(found.Audiences.Count > 0 ? found.Audiences : [Tokens.ServiceAccountTokens.Issuer]);
        }
        else
        {
            status["user"] = new JsonObject();
            status["error"] = found.Error;
        }
        return ReviewAnswer.Created(request, body, status, time);
    }
}
