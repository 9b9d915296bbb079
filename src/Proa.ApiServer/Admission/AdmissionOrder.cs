using Proa.ApiServer.Admission.Optional;
using Proa.ApiServer.Admission.Policies;
using Proa.ApiServer.Admission.Quota;
using Proa.ApiServer.Admission.Webhooks;
using Proa.ApiServer.Services;
using Proa.Client;
using static Proa.ApiServer.Admission.AdmissionPhases;

namespace Proa.ApiServer.Admission;

/// <summary>The one list that says which admission steps there are, and their order.</summary>
internal static class AdmissionOrder
{
    private const AdmissionPhases Both = Mutate | Validate;

    /// <param name="self">The server's own client, asked for when a step first needs it.</param>
    /// <param name="claims">What Services of all servers hold; null: this server is alone.</param>
    public static IReadOnlyList<AdmissionPlugin> Of(ApiServerOptions options, WebhookCaller webhooks, Func<IClusterClient> self, ServiceClaims? claims)
    {
        var (store, types, authorizer, settings) = (options.Store, options.Types, options.Authorizer, options.Admission);
        AdmissionPlugin[] all =
        [
            new("NamespaceAutoProvision", Mutate, new NamespaceProvision(store, self)),
            new("NamespaceLifecycle", Mutate, new NamespaceLifecycle(store)),
            new("NamespaceExists", Validate, new NamespaceExists(store)),
            new("LimitPodHardAntiAffinityTopology", Validate, new HardAntiAffinity()),
            new("LimitRanger", Both, new LimitRanges(store)),
            new("ServiceAccount", Both, new ServiceAccountStep(store, options.Clock, options.Random)),
            new("NodeRestriction", Mutate, new NodeRestriction(store, authorizer)),
            new("TaintNodesByCondition", Mutate, new NodeTaints()),
            new("AlwaysPullImages", Both, new AlwaysPullImages()),
            new("PodSecurity", Validate, new PodSecurity.PodSecurity(store, settings.PodSecurity)),
            new("PodNodeSelector", Both, new PodNodeSelector(store, settings.NodeSelectors)),
            new("Priority", Both, new PodPriority(store)),
            new("DefaultTolerationSeconds", Mutate, new DefaultTolerations(settings)),
            new("PodTolerationRestriction", Both, new PodTolerationRestriction(store, settings)),
            new("EventRateLimit", Validate, new EventRateLimit(settings.EventRates, options.Clock)),
            new("ExtendedResourceToleration", Mutate, new ExtendedResourceTolerations()),
            new("DefaultStorageClass", Mutate, DefaultClass.OfClaims(store)),
            new("StorageObjectInUseProtection", Mutate | Complete, new StorageProtection(options.Clock)),
            new("", Complete, new CertificateRequests(options.Clock)),
            new("OwnerReferencesPermissionEnforcement", Validate, new OwnerPermissions(authorizer, types)),
            new("PersistentVolumeClaimResize", Validate, new ClaimResize(store)),
            new("RuntimeClass", Both, new RuntimeClasses(store)),
            new("CertificateApproval", Validate, CertificatePermission.ToApprove(authorizer)),
            new("CertificateSigning", Validate, CertificatePermission.ToSign(authorizer)),
            new("CertificateSubjectRestriction", Validate, new CertificateSubject()),
            new("DefaultIngressClass", Mutate, DefaultClass.OfIngresses(store)),
            new("DenyServiceExternalIPs", Validate, new NoExternalAddresses()),
            new("PodTopologyLabels", Mutate, new PodTopology(store)),
            new("NodeDeclaredFeatureValidator", Validate, new NodeDeclaredFeatures(store)),
            new("PodResizeValidator", Validate, new PodResize(store)),
            new("", Validate, new SystemPriorityClasses()),
            new("", Mutate, new RoleEscalation(authorizer, store)),
            new("", Validate, new ParameterAccess(authorizer, store, types)),
            new("", Mutate | Complete, new DeviceAccess(store, authorizer, options.Clock)),
            // New steps go above here: what follows must come last, in this order.
            new("", Complete | Validate, new ServiceAllocation(new ServiceAllocator(options, claims), claims)),
            new("MutatingAdmissionPolicy", Mutate, new MutatingPolicies(store, types, authorizer, options.Metrics.Admission, options.Clock)),
            new("MutatingAdmissionWebhook", Mutate, new MutatingWebhooks(store, types, new WebhookMatcher(store, types, authorizer, options.Metrics.Admission, validating: false), webhooks)),
            new("ValidatingAdmissionPolicy", Validate, new ValidatingPolicies(store, types, authorizer, options.Metrics.Admission, options.Clock)),
            new("ValidatingAdmissionWebhook", Validate, new ValidatingWebhooks(store, new WebhookMatcher(store, types, authorizer, options.Metrics.Admission, validating: true), webhooks)),
            new("ResourceQuota", Validate, new ResourceQuotas(store, types, options.Clock, options.OneOfSeveral, settings.LimitedResources)),
            new("AlwaysDeny", Both, new AlwaysDeny()),
        ];
        return [.. all.Where(plugin => plugin.Name.Length == 0 || settings.Runs(plugin.Name))];
    }
}
