using Proa.ApiServer.Security.Authentication;
using Proa.ApiServer.Security.Authorization;
using Proa.ApiServer.Virtual;

namespace Proa.ApiServer.Security.Reviews;

/// <summary>All reviews, for the composition of the server.</summary>
public static class ReviewResources
{
    public static IReadOnlyList<IVirtualResource> All(BearerTokens tokens, ClusterAuthorizer authorizer, TimeProvider time) =>
    [
        new TokenReviews(tokens, time),
        .. OfAccess(authorizer, time),
    ];

    /// <summary>Those that need no token.</summary>
    public static IReadOnlyList<IVirtualResource> OfAccess(ClusterAuthorizer authorizer, TimeProvider time) =>
    [
        new SelfSubjectReviews(time),
        new AccessReviews(AccessReviewKind.Self, authorizer, time),
        new AccessReviews(AccessReviewKind.Subject, authorizer, time),
        new AccessReviews(AccessReviewKind.Local, authorizer, time),
        new SelfSubjectRulesReviews(authorizer),
    ];
}
