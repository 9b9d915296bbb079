using Proa.ApiServer.Services;

namespace Proa.ApiServer.Admission;

/// <summary>The one list that says which admission steps there are, and their order.</summary>
internal static class AdmissionOrder
{
    public static IReadOnlyList<IAdmissionStep> Of(ApiServerOptions options) =>
    [
        new NamespaceLifecycle(options.Store),
        new NodeRestriction(),
        new NodeTaints(),
        new ServiceAccountStep(options.Store, options.Clock, options.Random),
        new PodPriority(options.Store),
        new DefaultTolerations(),
        new StorageProtection(options.Clock),
        new DefaultClasses(options.Store),
        new LimitRanges(options.Store),
        new PodSecurity.PodSecurity(options.Store),
        new ServiceAllocation(new ServiceAllocator(options)),
        new Quota.ResourceQuotas(options.Store, options.Types, options.Clock),
    ];
}
