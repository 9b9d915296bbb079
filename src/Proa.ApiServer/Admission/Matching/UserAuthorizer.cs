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
        // It has completed when it returns, but where a webhook is asked: an expression can only wait for that.
        var asked = authorizer.AuthorizeAsync(who, request, ct);
        var decision = asked.IsCompletedSuccessfully ? asked.Result : asked.AsTask().GetAwaiter().GetResult();
        return new(decision.Allowed, decision.Reason, decision.Error ?? "");
    }
}
