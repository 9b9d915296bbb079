using Proa.Api.Models.Core;
using Proa.Client;
using Proa.Client.Informers;
using Proa.Client.Queues;
using Proa.Controllers.Common;

namespace Proa.Controllers.RootCa;

/// <summary>
/// Publishes the certificate authority in each namespace, and makes the place for the one of services: the two ConfigMaps that
/// pods' token volumes refer to.
/// </summary>
/// <param name="maps">By the name that each follows.</param>
internal sealed class RootCaReconciler(ControllerContext context, IInformer<Namespace> namespaces, IReadOnlyDictionary<string, IInformer<ConfigMap>> maps)
{
    /// <summary>The ConfigMaps and the key of each under which the PEM lies.</summary>
    public static readonly (string Name, string Key)[] Bundles = [("kube-root-ca.crt", "ca.crt"), ("openshift-service-ca.crt", "service-ca.crt")];

    private static readonly Dictionary<string, string> s_annotations = new()
    {
        ["kubernetes.io/description"] = "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal "
            + "service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.",
    };

    // Left empty for whoever signs for services, as the recorded clusters have it.
    private static readonly Dictionary<string, string> s_serviceAnnotations = new() { ["service.beta.openshift.io/inject-cabundle"] = "true" };

    private readonly string _pem = context.Options.RootCaPem;

    private static string? KeyIn(string? map) => Array.Find(Bundles, bundle => bundle.Name == map).Key;

    public async Task<ReconcileResult> ReconcileAsync(NamespacedName key, CancellationToken ct)
    {
        if (namespaces.Get(null, key.Namespace) is not { Metadata.DeletionTimestamp: null })
        {
            return ReconcileResult.Done;
        }
        var ours = key.Name == Bundles[0].Name;
        var data = new Dictionary<string, string> { [KeyIn(key.Name)!] = ours ? _pem : "" };
        if (maps[key.Name].Get(key.Namespace, key.Name) is not { } current)
        {
            var made = await context.Client.CreateAsync(
                new ConfigMap
                {
                    Metadata = new() { Name = key.Name, Namespace = key.Namespace, Annotations = ours ? s_annotations : s_serviceAnnotations },
                    Data = data,
                }, ct);
            return made.Ok || made.Error.Reason == "AlreadyExists" || PodControl.IsNamespaceTerminating(made.Error)
                ? ReconcileResult.Done
                : ReconcileResult.Retry(made.Error);
        }
        if (!ours || (current.Data.Count == 1 && Selectors.MatchesAll(data, current.Data)))
        {
            return ReconcileResult.Done;
        }
        var written = await context.Client.UpdateAsync(current with { Data = data }, ct);
        return written.Ok || written.IsNotFound ? ReconcileResult.Done : ReconcileResult.Retry(written.Error);
    }
}
