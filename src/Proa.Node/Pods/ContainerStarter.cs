using Proa.Api.Models.Core;
using Proa.Client.Events;
using Proa.Node.Cri.V1;
using Proa.Node.Probes;
using Container = Proa.Api.Models.Core.Container;

namespace Proa.Node.Pods;

/// <summary>
/// Starts one container: image, environment, mounts, create, start, postStart hook. What keeps it from starting is a
/// waiting reason and an Event, worded as in the original. Thread-safe.
/// </summary>
internal sealed class ContainerStarter(PodServices services)
{
    /// <param name="pod">The pod as it stands.</param>
    /// <param name="container">What to start.</param>
    /// <param name="attempt">Its restart count.</param>
    /// <param name="sandbox">Where.</param>
    /// <param name="config">The sandbox's configuration.</param>
    /// <param name="target">For an ephemeral container: the one whose processes it shall see.</param>
    /// <param name="created">Told the container's id before it starts, so that its end is not missed.</param>
    /// <param name="hurry">Cancelled when the pod ends meanwhile: waits for images and the like are then given up.</param>
    /// <param name="ct">Cancelled at the agent's end.</param>
    public async Task<StartResult> StartAsync(
        Pod pod, PodContainer container, int attempt, SandboxRecord sandbox, PodSandboxConfig config, string? target,
        Action<string> created, CancellationToken hurry, CancellationToken ct)
    {
        var spec = container.Spec;
        var image = await services.Images.EnsureAsync(pod, spec, hurry);
        if (!image.Ok)
        {
            return new(null, image.Reason, image.Message);
        }
        var ips = pod.Spec.HostNetwork == true ? services.HostIps : sandbox.Ips;
        var environment = await services.Environment.BuildAsync(pod, spec, ips, hurry);
        if (!environment.Ok)
        {
            return Refuse(pod, container, "CreateContainerConfigError", environment.Error!);
        }
        var mounts = services.Volumes.MountsFor(pod, spec, environment.Variables);
        if (!mounts.Ok)
        {
            return Refuse(pod, container, "CreateContainerConfigError", mounts.Error!);
        }
        var (imageUser, userError) = await ImageUser.CheckAsync(services.RuntimeImages, pod, spec, image.ImageId!, hurry);
        if (userError is not null)
        {
            return Refuse(pod, container, "CreateContainerConfigError", userError);
        }
        Prepare(pod, spec, attempt, ips);
        var containerConfig = services.Containers.For(pod, container, attempt, image.ImageId!, environment.Variables, mounts.Mounts, target, imageUser);
        var answer = await services.Runtime.CreateContainerAsync(sandbox.Id, containerConfig, config, ct);
        if (!answer.Ok)
        {
            return Refuse(pod, container, "CreateContainerError", answer.Status.Message);
        }
        var id = answer.Value.ContainerId;
        created(id);
        Tell(pod, container, "Normal", "Created", "Container created");
        var start = await services.Runtime.StartContainerAsync(id, ct);
        if (!start.Ok)
        {
            Tell(pod, container, "Warning", "Failed", $"Error: {start.Status.Message}");
            return new(await ReadAsync(id, sandbox.Id, ct), "RunContainerError", start.Status.Message);
        }
        Tell(pod, container, "Normal", "Started", "Container started");
        var record = await ReadAsync(id, sandbox.Id, ct);
        if (spec.Lifecycle?.PostStart is { } hook && record is not null
            && await RunPostStartAsync(pod, container, hook, id, ips, hurry) is { } failure)
        {
            return new(record, "PostStartHookError", failure);
        }
        return new(record);
    }

    /// <summary>The runtime's present word on a container; null when it has none.</summary>
    public async Task<ContainerRecord?> ReadAsync(string id, string sandboxId, CancellationToken ct)
    {
        var status = await services.Runtime.ContainerStatusAsync(id, verbose: false, ct);
        return status.Ok ? ContainerRecord.From(status.Value.Status, sandboxId, TerminationMessages.Read(status.Value.Status)) : null;
    }

    private async Task<string?> RunPostStartAsync(
        Pod pod, PodContainer container, LifecycleHandler hook, string id, IReadOnlyList<string> ips, CancellationToken hurry)
    {
        var target = new ProbeTarget(pod, container.Spec, id, ips.Count > 0 ? ips[0] : "");
        var outcome = await services.Probes.RunHookAsync(target, hook, TimeSpan.FromMinutes(10), hurry);
        if (outcome.Verdict == ProbeVerdict.Success)
        {
            return null;
        }
        Tell(pod, container, "Warning", "FailedPostStartHook", "PostStartHook failed");
        return outcome.Output;
    }

    private StartResult Refuse(Pod pod, PodContainer container, string reason, string message)
    {
        Tell(pod, container, "Warning", "Failed", $"Error: {message}");
        return new(null, reason, message);
    }

    private void Prepare(Pod pod, Container spec, int attempt, IReadOnlyList<string> ips)
    {
        Directory.CreateDirectory(Path.Combine(services.Paths.Logs(pod.Metadata.Namespace, pod.Metadata.Name, pod.Metadata.Uid), spec.Name));
        var hosts = services.Paths.Hosts(pod);
        if (!File.Exists(hosts))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(hosts)!);
            File.WriteAllText(hosts, HostsFile.Render(pod, ips, services.ClusterDomain, services.HostsFile));
        }
        if (!string.IsNullOrEmpty(spec.TerminationMessagePath))
        {
            var file = services.Paths.TerminationMessage(pod, spec.Name, attempt);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllBytes(file, []);
            // The container's user, whoever that is, writes it.
            File.SetUnixFileMode(file, (UnixFileMode)0b110_110_110);
        }
    }

    private void Tell(Pod pod, PodContainer container, string type, string reason, string message) =>
        services.Events.Record(pod, type, reason, message, container.FieldPath);
}
