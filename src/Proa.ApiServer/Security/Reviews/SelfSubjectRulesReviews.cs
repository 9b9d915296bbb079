using Proa.Api.Json;
using Proa.Api.Models.Rbac;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Security.Authorization;
using Proa.ApiServer.Virtual;

namespace Proa.ApiServer.Security.Reviews;

/// <summary>All that I may do in a namespace: <c>kubectl auth can-i --list</c>.</summary>
internal sealed class SelfSubjectRulesReviews(ClusterAuthorizer authorizer) : IVirtualResource
{
    public string Group => "authorization.k8s.io";

    public string Plural => "selfsubjectrulesreviews";

    public ValueTask<ApiResponse> HandleAsync(ApiRequest request, JsonObject? body, CancellationToken ct)
    {
        if (body!.Object("spec")?.String("namespace") is not { Length: > 0 } ns)
        {
            return new(ApiResponse.Of(Statuses.BadRequest("no namespace on request")));
        }
        var resources = new JsonArray();
        var paths = new JsonArray();
        foreach (var rule in authorizer.RulesFor(request.User, ns))
        {
            if (rule.Resources.Count > 0)
            {
                resources.Add(Resource(rule));
            }
            if (rule.NonResourceURLs.Count > 0)
            {
                paths.Add(new JsonObject { ["verbs"] = UserJson.Strings(rule.Verbs), ["nonResourceURLs"] = UserJson.Strings(rule.NonResourceURLs) });
            }
        }
        var status = new JsonObject { ["resourceRules"] = resources, ["nonResourceRules"] = paths, ["incomplete"] = false };
        if (NodeAuthorizer.NodeName(request.User) is not null)
        {
            status["incomplete"] = true;
            status["evaluationError"] = "node authorizer does not support user rule resolution";
        }
        // What was sent does not come back.
        return new(ReviewAnswer.Created(new() { ["kind"] = body["kind"]!.Clone(), ["apiVersion"] = body["apiVersion"]!.Clone(), ["spec"] = new JsonObject() }, status));
    }

    private static JsonObject Resource(PolicyRule rule)
    {
        var json = new JsonObject
        {
            ["verbs"] = UserJson.Strings(rule.Verbs),
            ["apiGroups"] = UserJson.Strings(rule.ApiGroups),
            ["resources"] = UserJson.Strings(rule.Resources),
        };
        if (rule.ResourceNames.Count > 0)
        {
            json["resourceNames"] = UserJson.Strings(rule.ResourceNames);
        }
        return json;
    }
}
