using Proa.Api.Cel.Libraries;
using Proa.ApiServer.Security;

namespace Proa.ApiServer.Admission.Matching;

/// <summary>Answers an expression's questions about what a user may do.</summary>
internal sealed class UserAuthorizer(IAuthorizer authorizer, UserInfo user, CancellationToken ct) : ICelAuthorizer
{
    public AccessAnswer Check(AccessQuestion question)
    {
        var who = question.ServiceAccount is { } account
            ? new UserInfo($"system:serviceaccount:{account.Namespace}:{account.Name}",
                ["system:serviceaccounts", $"system:serviceaccounts:{account.Namespace}", UserInfo.AuthenticatedGroup])
            : user;
        var request = question.Path is { } path
            ? new RequestInfo(question.Verb, path)
            : new RequestInfo(question.Verb, "")
            {
                IsResource = true,
                Group = question.Group,
                Version = "*",
                Resource = question.Resource,
                Subresource = question.Subresource,
                Namespace = question.Namespace,
                Name = question.Name,
            };
        // It reads memory alone and has completed when it returns.
        var asked = authorizer.AuthorizeAsync(who, request, ct);
        if (!asked.IsCompletedSuccessfully)
        {
            return new(false, "", "the authorizer did not answer");
        }
        var decision = asked.Result;
        return new(decision.Allowed, decision.Reason);
    }
}
