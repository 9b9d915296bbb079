using Proa.ApiServer.Admission.Policies;
using Proa.ApiServer.Admission.Webhooks;
using Proa.ApiServer.Services;

namespace Proa.ApiServer.Admission;

/// <summary>The one list that says which admission steps there are, and their order.</summary>
internal static class AdmissionOrder
{
    public static IReadOnlyList<IAdmissionStep> Of(ApiServerOptions options, WebhookCaller webhooks) =>
    [
        new NamespaceLifecycle(options.Store),
        new LimitRanges(options.Store),
        new ServiceAccountStep(options.Store, options.Clock, options.Random),
        new NodeRestriction(options.Store),
        new NodeTaints(),
        new PodSecurity.PodSecurity(options.Store),
        new PodPriority(options.Store),
        new DefaultTolerations(),
        new StorageProtection(options.Clock),
        new CertificateRequests(options.Authorizer, options.Clock),
        new OwnerPermissions(options.Authorizer, options.Types),
        new ClaimResize(options.Store),
        new RuntimeClasses(options.Store),
        new DefaultClasses(options.Store),
        new PodTopology(options.Store),
        new PodResize(options.Store),
        new RoleEscalation(options.Authorizer, options.Store),
        new ParameterAccess(options.Authorizer, options.Store, options.Types),
        // New steps go above here: what follows must come last, in this order.
        new ServiceAllocation(new ServiceAllocator(options)),
        new MutatingPolicies(options.Store, options.Types, options.Authorizer),
        new MutatingWebhooks(options.Store, options.Types, new WebhookMatcher(options.Store, options.Types, options.Authorizer), webhooks),
        new ValidatingPolicies(options.Store, options.Types, options.Authorizer),
        new ValidatingWebhooks(options.Store, new WebhookMatcher(options.Store, options.Types, options.Authorizer), webhooks),
        new Quota.ResourceQuotas(options.Store, options.Types, options.Clock),
    ];
}
