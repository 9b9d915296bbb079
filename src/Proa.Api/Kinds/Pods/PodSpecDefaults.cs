using Proa.Api.Json;

namespace Proa.Api.Kinds.Pods;

/// <summary>The defaults of pods and pod templates. Source: core/v1 defaulting of Kubernetes 1.36.</summary>
internal static class PodSpecDefaults
{
    /// <summary>A template in a workload: <c>{metadata, spec}</c>.</summary>
    public static void ApplyToTemplate(JsonObject? template)
    {
        if (template is not null)
        {
            Apply(template.EnsureObject("spec"));
        }
    }

    /// <summary>A pod's spec: as in a template, and what only pods get.</summary>
    public static void ApplyToPod(JsonObject spec)
    {
        Apply(spec);
        spec.DefaultUnset("enableServiceLinks", true);
        var onHost = spec.Bool("hostNetwork") == true;
        foreach (var list in (ReadOnlySpan<string>)["containers", "initContainers"])
        {
            foreach (var container in spec.Objects(list))
            {
                RequestLimits(container.Object("resources"));
                if (onHost)
                {
                    PublishPorts(container);
                }
            }
        }
        PodResources.Default(spec);
    }

    public static void Apply(JsonObject spec)
    {
        spec.Default("dnsPolicy", "ClusterFirst");
        spec.Default("restartPolicy", "Always");
        spec.DefaultUnset("securityContext", new JsonObject());
        spec.DefaultUnset("terminationGracePeriodSeconds", 30);
        spec.Default("schedulerName", "default-scheduler");
        if (spec.Text("serviceAccountName").Length == 0 && spec.Text("serviceAccount").Length > 0)
        {
            spec["serviceAccountName"] = spec["serviceAccount"];
        }
        if (spec.Text("serviceAccountName").Length > 0)
        {
            spec["serviceAccount"] = spec["serviceAccountName"];
        }
        foreach (var list in (ReadOnlySpan<string>)["containers", "initContainers", "ephemeralContainers"])
        {
            foreach (var container in spec.Objects(list))
            {
                ContainerDefaults.Apply(container);
            }
        }
        foreach (var volume in spec.Objects("volumes"))
        {
            VolumeDefaults.Apply(volume);
        }
    }

    // What is limited and not requested is requested at its limit.
    private static void RequestLimits(JsonObject? resources)
    {
        if (resources?.Object("limits") is not { Count: > 0 } limits)
        {
            return;
        }
        var requests = resources.EnsureObject("requests");
        foreach (var (name, limit) in limits)
        {
            requests.DefaultUnset(name, limit);
        }
    }

    private static void PublishPorts(JsonObject container)
    {
        foreach (var port in container.Objects("ports"))
        {
            port.DefaultZero("hostPort", port.Int("containerPort") ?? 0);
        }
    }
}
