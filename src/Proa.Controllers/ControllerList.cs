using Proa.Api.Models.Apps;
using Proa.Api.Models.Core;
using Proa.Controllers.BootstrapTokens;
using Proa.Controllers.Certificates;
using Proa.Controllers.ClusterRoleAggregation;
using Proa.Controllers.CronJobs;
using Proa.Controllers.DaemonSets;
using Proa.Controllers.Deployments;
using Proa.Controllers.Disruption;
using Proa.Controllers.Endpoints;
using Proa.Controllers.EndpointSliceMirroring;
using Proa.Controllers.EndpointSlices;
using Proa.Controllers.GarbageCollection;
using Proa.Controllers.Jobs;
using Proa.Controllers.Namespaces;
using Proa.Controllers.Nodes;
using Proa.Controllers.NodeTtl;
using Proa.Controllers.PodGc;
using Proa.Controllers.ReplicaSets;
using Proa.Controllers.ReplicationControllers;
using Proa.Controllers.ResourceQuotas;
using Proa.Controllers.RootCa;
using Proa.Controllers.ServiceAccounts;
using Proa.Controllers.StatefulSets;
using Proa.Controllers.StorageProtection;
using Proa.Controllers.TtlAfterFinished;
using Proa.Controllers.VolumeBinding;

namespace Proa.Controllers;

/// <summary>All controllers. To add one is to add a folder and a line.</summary>
internal static class ControllerList
{
    public static readonly ControllerEntry[] All =
    [
        new("serviceaccount", "service-account-controller", "serviceaccount-controller", context => new ServiceAccountController(context)),
        new("rootcapublisher", "root-ca-cert-publisher", "root-ca-cert-publisher", context => new RootCaController(context)),
        new("nodelifecycle", "node-controller", "node-controller", context => new NodeLifecycleController(context)),
        new("endpointslice", "endpointslice-controller", "endpoint-slice-controller", context => new EndpointSliceController(context)),
        new("endpoints", "endpoint-controller", "endpoint-controller", context => new EndpointsController(context)),
        new("replicaset", "replicaset-controller", "replicaset-controller", context => new ReplicaController<ReplicaSet>(context, new ReplicaSetKind())),
        new("replicationcontroller", "replication-controller", "replication-controller",
            context => new ReplicaController<ReplicationController>(context, new ReplicationControllerKind())),
        new("deployment", "deployment-controller", "deployment-controller", context => new DeploymentController(context)),
        new("endpointslicemirroring", "endpointslicemirroring-controller", "endpoint-slice-mirroring-controller", context => new SliceMirrorController(context)),
        new("namespace", "namespace-controller", "namespace-controller", context => new NamespaceController(context)),
        new("garbagecollector", "generic-garbage-collector", "garbage-collector-controller", context => new GarbageCollector(context)),
        new("statefulset", "statefulset-controller", "statefulset-controller", context => new StatefulSetController(context)),
        new("daemonset", "daemon-set-controller", "daemonset-controller", context => new DaemonSetController(context)),
        new("job", "job-controller", "job-controller", context => new JobController(context)),
        new("cronjob", "cronjob-controller", "cronjob-controller", context => new CronJobController(context)),
        new("disruption", "disruption-controller", "controllermanager", context => new DisruptionController(context)),
        new("ttlafterfinished", "ttl-after-finished-controller", "ttl-after-finished-controller", context => new TtlController(context)),
        new("resourcequota", "resourcequota-controller", "resourcequota-controller", context => new ResourceQuotaController(context)),
        new("persistentvolumeclaim-protection", "pvc-protection-controller", "pvc-protection-controller", context => new ClaimProtectionController(context)),
        new("persistentvolume-protection", "pv-protection-controller", "pv-protection-controller", context => new VolumeProtectionController(context)),
        new("volumeattributesclass-protection", "volumeattributesclass-protection-controller", "volumeattributesclass-protection-controller",
            context => new AttributesClassProtectionController(context)),
        new("persistentvolume-binder", "persistent-volume-binder", "persistentvolume-controller", context => new VolumeBinder(context)),
        new("ttl", "ttl-controller", "node-ttl-controller", context => new NodeTtlController(context)),
        new("podgc", "pod-garbage-collector", "pod-garbage-collector", context => new PodGcController(context)),
        new("clusterroleaggregation", "clusterrole-aggregation-controller", "clusterrole-aggregation-controller", context => new RoleAggregationController(context)),
        new("csrapproving", "certificate-controller", "certificate-controller", context => new RequestController("csrapproving", context, new RequestApprover(context).ReconcileAsync)),
        new("csrsigning", "certificate-controller", "certificate-controller", context => new RequestController("csrsigning", context, new RequestSigningReconciler(context).ReconcileAsync)),
        new("csrcleaner", "certificate-controller", "certificate-controller", context => new RequestController("csrcleaner", context, new RequestCleaner(context).ReconcileAsync)),
        new("serviceaccount-token", "system:kube-controller-manager", "serviceaccount-token-controller", context => new TokenSecretController(context)),
        new("tokencleaner", "token-cleaner", "token-cleaner", context => new TokenCleanerController(context)),
        new("bootstrapsigner", "bootstrap-signer", "bootstrap-signer", context => new BootstrapSignerController(context)),
    ];
}
