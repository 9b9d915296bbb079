using Proa.Api.Models.Core;

namespace Proa.Node.Pods;

internal enum ContainerKind
{
    /// <summary>Runs to its end before the next starts.</summary>
    Init,

    /// <summary>An init container that keeps running: its <c>restartPolicy</c> is Always.</summary>
    Sidecar,

    Main,
    Ephemeral,
}

/// <summary>A container of a pod's specification with its kind; ephemeral ones in the form of the others.</summary>
internal readonly record struct PodContainer(Container Spec, ContainerKind Kind)
{
    public string Name => Spec.Name;

    /// <summary>As Events name it, such as <c>spec.containers{web}</c>.</summary>
    public string FieldPath => Kind switch
    {
        ContainerKind.Main => $"spec.containers{{{Name}}}",
        ContainerKind.Ephemeral => $"spec.ephemeralContainers{{{Name}}}",
        _ => $"spec.initContainers{{{Name}}}",
    };

    public static PodContainer Init(Container spec) =>
        new(spec, spec.RestartPolicy == "Always" ? ContainerKind.Sidecar : ContainerKind.Init);

    public static PodContainer Main(Container spec) => new(spec, ContainerKind.Main);

    public static PodContainer Ephemeral(EphemeralContainer spec) => new(
        new Container
        {
            Args = spec.Args,
            Command = spec.Command,
            Env = spec.Env,
            EnvFrom = spec.EnvFrom,
            Image = spec.Image,
            ImagePullPolicy = spec.ImagePullPolicy,
            Lifecycle = spec.Lifecycle,
            Name = spec.Name,
            Ports = spec.Ports,
            Resources = spec.Resources,
            SecurityContext = spec.SecurityContext,
            Stdin = spec.Stdin,
            StdinOnce = spec.StdinOnce,
            TerminationMessagePath = spec.TerminationMessagePath,
            TerminationMessagePolicy = spec.TerminationMessagePolicy,
            Tty = spec.Tty,
            VolumeDevices = spec.VolumeDevices,
            VolumeMounts = spec.VolumeMounts,
            WorkingDir = spec.WorkingDir,
        },
        ContainerKind.Ephemeral);

    public static PodContainer? Find(Pod pod, string name)
    {
        foreach (var container in All(pod))
        {
            if (container.Name == name)
            {
                return container;
            }
        }
        return null;
    }

    /// <summary>Init containers, then the main ones, then the ephemeral ones.</summary>
    public static IEnumerable<PodContainer> All(Pod pod)
    {
        foreach (var container in pod.Spec.InitContainers)
        {
            yield return Init(container);
        }
        foreach (var container in pod.Spec.Containers)
        {
            yield return Main(container);
        }
        foreach (var container in pod.Spec.EphemeralContainers)
        {
            yield return Ephemeral(container);
        }
    }
}
