namespace Proa.ApiServer.Tables.Kinds;

/// <summary>Which table prints which built-in kind.</summary>
internal static class KindTables
{
    /// <param name="resource"><c>pods</c>, <c>deployments.apps</c>.</param>
    public static KindTable Find(string resource) => resource switch
    {
        "pods" => PodTable.Table,
        "nodes" => NodeTable.Table,
        "namespaces" => CoreTables.Namespaces,
        "configmaps" => CoreTables.ConfigMaps,
        "secrets" => CoreTables.Secrets,
        "serviceaccounts" => CoreTables.NameAndAge,
        "componentstatuses" => CoreTables.ComponentStatuses,
        "resourcequotas" => CoreTables.ResourceQuotas,
        "events" or "events.events.k8s.io" => EventTable.Table,
        "services" => NetworkTables.Services,
        "endpoints" => NetworkTables.Endpoints,
        "endpointslices.discovery.k8s.io" => NetworkTables.EndpointSlices,
        "ingresses.networking.k8s.io" => NetworkTables.Ingresses,
        "ingressclasses.networking.k8s.io" => NetworkTables.IngressClasses,
        "networkpolicies.networking.k8s.io" => NetworkTables.NetworkPolicies,
        "servicecidrs.networking.k8s.io" => NetworkTables.ServiceCidrs,
        "ipaddresses.networking.k8s.io" => NetworkTables.IpAddresses,
        "deployments.apps" => WorkloadTables.Deployments,
        "replicasets.apps" => WorkloadTables.ReplicaSets,
        "statefulsets.apps" => WorkloadTables.StatefulSets,
        "daemonsets.apps" => WorkloadTables.DaemonSets,
        "controllerrevisions.apps" => WorkloadTables.ControllerRevisions,
        "replicationcontrollers" => WorkloadTables.ReplicationControllers,
        "podtemplates" => WorkloadTables.PodTemplates,
        "jobs.batch" => BatchTables.Jobs,
        "cronjobs.batch" => BatchTables.CronJobs,
        "horizontalpodautoscalers.autoscaling" => AutoscalingTables.HorizontalPodAutoscalers,
        "poddisruptionbudgets.policy" => AutoscalingTables.PodDisruptionBudgets,
        "rolebindings.rbac.authorization.k8s.io" or "clusterrolebindings.rbac.authorization.k8s.io" => RbacTables.Bindings,
        "persistentvolumes" => StorageTables.PersistentVolumes,
        "persistentvolumeclaims" => StorageTables.PersistentVolumeClaims,
        "storageclasses.storage.k8s.io" => StorageTables.StorageClasses,
        "volumeattributesclasses.storage.k8s.io" => StorageTables.VolumeAttributesClasses,
        "volumeattachments.storage.k8s.io" => StorageTables.VolumeAttachments,
        "csinodes.storage.k8s.io" => StorageTables.CsiNodes,
        "csidrivers.storage.k8s.io" => StorageTables.CsiDrivers,
        "csistoragecapacities.storage.k8s.io" => StorageTables.CsiStorageCapacities,
        "apiservices.apiregistration.k8s.io" => AdminTables.ApiServices,
        "mutatingwebhookconfigurations.admissionregistration.k8s.io" or "validatingwebhookconfigurations.admissionregistration.k8s.io"
            => AdminTables.WebhookConfigurations,
        "validatingadmissionpolicies.admissionregistration.k8s.io" => AdminTables.ValidatingAdmissionPolicies,
        "mutatingadmissionpolicies.admissionregistration.k8s.io" => AdminTables.MutatingAdmissionPolicies,
        "validatingadmissionpolicybindings.admissionregistration.k8s.io" or "mutatingadmissionpolicybindings.admissionregistration.k8s.io"
            => AdminTables.AdmissionPolicyBindings,
        "certificatesigningrequests.certificates.k8s.io" => AdminTables.CertificateSigningRequests,
        "leases.coordination.k8s.io" => AdminTables.Leases,
        "priorityclasses.scheduling.k8s.io" => AdminTables.PriorityClasses,
        "runtimeclasses.node.k8s.io" => AdminTables.RuntimeClasses,
        "flowschemas.flowcontrol.apiserver.k8s.io" => AdminTables.FlowSchemas,
        "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io" => AdminTables.PriorityLevels,
        "resourceclaims.resource.k8s.io" => DeviceTables.ResourceClaims,
        "resourceslices.resource.k8s.io" => DeviceTables.ResourceSlices,
        "deviceclasses.resource.k8s.io" or "resourceclaimtemplates.resource.k8s.io" => CoreTables.NameAndAge,
        _ => CoreTables.NameAndTime,
    };
}
