using System.Globalization;
using Google.Protobuf;
using Proa.Api.Models.Core;
using Proa.Node.Cri.V1;
using Proa.Node.EnvironmentVariables;
using Proa.Node.Volumes;

namespace Proa.Node.Pods;

/// <summary>Makes the configuration of a container from its specification and what was prepared for it.</summary>
internal sealed class ContainerConfigs(PodPaths paths, long machineMemory, string seccompDirectory)
{
    public LinuxContainerResources ResourcesFor(Pod pod, Api.Models.Core.Container container) =>
        ContainerResourceLimits.For(pod, container, machineMemory);

    /// <param name="pod">The container's pod.</param>
    /// <param name="container">The container.</param>
    /// <param name="attempt">Its restart count.</param>
    /// <param name="image">The runtime's id of the image.</param>
    /// <param name="environment">Its variables.</param>
    /// <param name="mounts">Its volumes.</param>
    /// <param name="target">For an ephemeral container: the runtime's id of the one whose processes it shall see.</param>
    /// <param name="imageUser">The image's numeric user.</param>
    public ContainerConfig For(
        Pod pod, PodContainer container, int attempt, string image, IReadOnlyList<KeyValuePair<string, string>> environment,
        IReadOnlyList<ContainerMount> mounts, string? target, long? imageUser)
    {
        var spec = container.Spec;
        var config = new ContainerConfig
        {
            Metadata = new() { Name = spec.Name, Attempt = (uint)attempt },
            Image = new() { Image = image, UserSpecifiedImage = spec.Image ?? "" },
            WorkingDir = spec.WorkingDir ?? "",
            LogPath = PodPaths.Log(spec.Name, attempt),
            Stdin = spec.Stdin == true,
            StdinOnce = spec.StdinOnce == true,
            Tty = spec.Tty == true,
            Linux = new()
            {
                Resources = ContainerResourceLimits.For(pod, spec, machineMemory),
                SecurityContext = PodSecurity.ForContainer(pod, spec, target, imageUser, seccompDirectory),
            },
        };
        config.Command.Add(Expansion.ExpandAll(spec.Command, environment));
        config.Args.Add(Expansion.ExpandAll(spec.Args, environment));
        foreach (var (name, value) in environment)
        {
            config.Envs.Add(new Cri.V1.KeyValue { Key = name, Value = ByteString.CopyFromUtf8(value) });
        }
        config.Labels[PodLabels.PodName] = pod.Metadata.Name;
        config.Labels[PodLabels.PodNamespace] = pod.Metadata.Namespace;
        config.Labels[PodLabels.PodUid] = pod.Metadata.Uid;
        config.Labels[PodLabels.ContainerName] = spec.Name;
        config.Annotations[PodLabels.ContainerHash] = ContainerHash.Of(spec);
        config.Annotations[PodLabels.RestartCount] = attempt.ToString(CultureInfo.InvariantCulture);
        config.Annotations[PodLabels.TerminationMessagePolicy] = spec.TerminationMessagePolicy ?? "File";
        var hasHosts = false;
        foreach (var mount in mounts)
        {
            hasHosts |= mount.ContainerPath == "/etc/hosts";
            config.Mounts.Add(new Mount
            {
                HostPath = mount.HostPath,
                ContainerPath = mount.ContainerPath,
                Readonly = mount.ReadOnly,
                Propagation = (Cri.V1.MountPropagation)mount.Propagation,
            });
        }
        if (!hasHosts)
        {
            config.Mounts.Add(new Mount { HostPath = paths.Hosts(pod), ContainerPath = "/etc/hosts" });
        }
        if (!string.IsNullOrEmpty(spec.TerminationMessagePath))
        {
            var file = paths.TerminationMessage(pod, spec.Name, attempt);
            config.Annotations[PodLabels.TerminationMessagePath] = spec.TerminationMessagePath;
            config.Annotations[PodLabels.TerminationMessageFile] = file;
            config.Mounts.Add(new Mount { HostPath = file, ContainerPath = spec.TerminationMessagePath });
        }
        return config;
    }
}
