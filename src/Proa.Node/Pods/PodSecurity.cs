using Proa.Api.Models.Core;
using Proa.Node.Cri.V1;
using Container = Proa.Api.Models.Core.Container;

namespace Proa.Node.Pods;

/// <summary>Security contexts of pods and containers as the runtime takes them.</summary>
internal static class PodSecurity
{
    private static readonly string[] s_masked =
    [
        "/proc/asound", "/proc/acpi", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
        "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap",
    ];

    private static readonly string[] s_readOnly = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

    public static LinuxSandboxSecurityContext ForSandbox(Pod pod, string seccompDirectory)
    {
        var own = pod.Spec.SecurityContext;
        var context = new LinuxSandboxSecurityContext
        {
            NamespaceOptions = Namespaces(pod, null),
            Privileged = IsPrivileged(pod),
            Seccomp = Seccomp(own?.SeccompProfile ?? new SeccompProfile { Type = "RuntimeDefault" }, seccompDirectory),
        };
        if (own?.RunAsUser is { } user)
        {
            context.RunAsUser = new() { Value = user };
            context.RunAsGroup = own.RunAsGroup is { } group ? new() { Value = group } : null;
        }
        AddGroups(context.SupplementalGroups, own);
        return context;
    }

    /// <param name="pod">The container's pod.</param>
    /// <param name="container">The container.</param>
    /// <param name="target">For an ephemeral container: the one whose processes it shall see.</param>
    /// <param name="imageUser">The image's numeric user, needed when only a group is asked for.</param>
    /// <param name="seccompDirectory">Where localhost profiles are.</param>
    public static LinuxContainerSecurityContext ForContainer(
        Pod pod, Container container, string? target, long? imageUser, string seccompDirectory)
    {
        var own = container.SecurityContext;
        var shared = pod.Spec.SecurityContext;
        var privileged = own?.Privileged == true;
        var context = new LinuxContainerSecurityContext
        {
            Privileged = privileged,
            NamespaceOptions = Namespaces(pod, target),
            ReadonlyRootfs = own?.ReadOnlyRootFilesystem == true,
            NoNewPrivs = own?.AllowPrivilegeEscalation == false,
            Seccomp = privileged ? new() { ProfileType = SecurityProfile.Types.ProfileType.Unconfined }
                : Seccomp(own?.SeccompProfile ?? shared?.SeccompProfile, seccompDirectory),
            SupplementalGroupsPolicy = shared?.SupplementalGroupsPolicy == "Strict" ? SupplementalGroupsPolicy.Strict : SupplementalGroupsPolicy.Merge,
        };
        var group = own?.RunAsGroup ?? shared?.RunAsGroup;
        if ((own?.RunAsUser ?? shared?.RunAsUser ?? (group is null ? null : imageUser ?? 0)) is { } user)
        {
            context.RunAsUser = new() { Value = user };
            context.RunAsGroup = group is { } number ? new() { Value = number } : null;
        }
        AddGroups(context.SupplementalGroups, shared);
        if (own?.Capabilities is { } capabilities)
        {
            context.Capabilities = new();
            context.Capabilities.AddCapabilities.Add(capabilities.Add);
            context.Capabilities.DropCapabilities.Add(capabilities.Drop);
        }
        if (!privileged && own?.ProcMount != "Unmasked")
        {
            context.MaskedPaths.Add(s_masked);
            context.ReadonlyPaths.Add(s_readOnly);
        }
        return context;
    }

    private static NamespaceOption Namespaces(Pod pod, string? target) => new()
    {
        Network = pod.Spec.HostNetwork == true ? NamespaceMode.Node : NamespaceMode.Pod,
        Ipc = pod.Spec.HostIPC == true ? NamespaceMode.Node : NamespaceMode.Pod,
        Pid = target is not null ? NamespaceMode.Target
            : pod.Spec.HostPID == true ? NamespaceMode.Node
            : pod.Spec.ShareProcessNamespace == true ? NamespaceMode.Pod
            : NamespaceMode.Container,
        TargetId = target ?? "",
    };

    private static SecurityProfile Seccomp(SeccompProfile? profile, string directory) => profile?.Type switch
    {
        "RuntimeDefault" => new() { ProfileType = SecurityProfile.Types.ProfileType.RuntimeDefault },
        "Localhost" => new()
        {
            ProfileType = SecurityProfile.Types.ProfileType.Localhost,
            LocalhostRef = Path.Combine(directory, profile.LocalhostProfile ?? ""),
        },
        _ => new() { ProfileType = SecurityProfile.Types.ProfileType.Unconfined },
    };

    private static void AddGroups(Google.Protobuf.Collections.RepeatedField<long> groups, PodSecurityContext? context)
    {
        if (context is not null)
        {
            groups.Add(context.SupplementalGroups);
            if (context.FsGroup is { } fsGroup)
            {
                groups.Add(fsGroup);
            }
        }
    }

    private static bool IsPrivileged(Pod pod)
    {
        foreach (var container in PodContainer.All(pod))
        {
            if (container.Spec.SecurityContext?.Privileged == true)
            {
                return true;
            }
        }
        return false;
    }
}
