using Google.Protobuf;
using Proa.Node.Cri.V1;
using Proa.Client.Grpc;

namespace Proa.Node.Cri;

/// <summary>
/// The Container Runtime Interface's runtime service, one method a call. Thread-safe. Deadlines are the original's: two
/// minutes for calls that do something, with more where the runtime waits on purpose.
/// </summary>
internal sealed class CriRuntime(GrpcClient grpc)
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(2);

    public Task<GrpcResult<VersionResponse>> VersionAsync(CancellationToken ct) =>
        CallAsync("Version", new VersionRequest { Version = "v1" }, VersionResponse.Parser, s_deadline, ct);

    /// <summary>Whether the runtime and its network are ready.</summary>
    public Task<GrpcResult<StatusResponse>> StatusAsync(CancellationToken ct) =>
        CallAsync("Status", new StatusRequest(), StatusResponse.Parser, s_deadline, ct);

    /// <summary>Creates and starts a pod's sandbox: its namespaces, network and pause process.</summary>
    public Task<GrpcResult<RunPodSandboxResponse>> RunPodSandboxAsync(PodSandboxConfig config, string runtimeHandler, CancellationToken ct) =>
        CallAsync("RunPodSandbox", new RunPodSandboxRequest { Config = config, RuntimeHandler = runtimeHandler },
            RunPodSandboxResponse.Parser, s_deadline * 2, ct);

    /// <summary>Kills what runs in the sandbox and takes its network down. Idempotent.</summary>
    public Task<GrpcResult<StopPodSandboxResponse>> StopPodSandboxAsync(string id, CancellationToken ct) =>
        CallAsync("StopPodSandbox", new StopPodSandboxRequest { PodSandboxId = id }, StopPodSandboxResponse.Parser, s_deadline, ct);

    /// <summary>Removes the sandbox and its containers. Idempotent.</summary>
    public Task<GrpcResult<RemovePodSandboxResponse>> RemovePodSandboxAsync(string id, CancellationToken ct) =>
        CallAsync("RemovePodSandbox", new RemovePodSandboxRequest { PodSandboxId = id }, RemovePodSandboxResponse.Parser, s_deadline, ct);

    public Task<GrpcResult<PodSandboxStatusResponse>> PodSandboxStatusAsync(string id, bool verbose, CancellationToken ct) =>
        CallAsync("PodSandboxStatus", new PodSandboxStatusRequest { PodSandboxId = id, Verbose = verbose },
            PodSandboxStatusResponse.Parser, s_deadline, ct);

    public Task<GrpcResult<ListPodSandboxResponse>> ListPodSandboxesAsync(PodSandboxFilter? filter, CancellationToken ct) =>
        CallAsync("ListPodSandbox", new ListPodSandboxRequest { Filter = filter }, ListPodSandboxResponse.Parser, s_deadline, ct);

    public Task<GrpcResult<CreateContainerResponse>> CreateContainerAsync(
        string sandboxId, ContainerConfig config, PodSandboxConfig sandbox, CancellationToken ct) =>
        CallAsync("CreateContainer", new CreateContainerRequest { PodSandboxId = sandboxId, Config = config, SandboxConfig = sandbox },
            CreateContainerResponse.Parser, s_deadline, ct);

    public Task<GrpcResult<StartContainerResponse>> StartContainerAsync(string id, CancellationToken ct) =>
        CallAsync("StartContainer", new StartContainerRequest { ContainerId = id }, StartContainerResponse.Parser, s_deadline, ct);

    /// <summary>Sends the stop signal, and SIGKILL after the grace (whole seconds; 0 kills at once). Idempotent.</summary>
    public Task<GrpcResult<StopContainerResponse>> StopContainerAsync(string id, TimeSpan grace, CancellationToken ct) =>
        CallAsync("StopContainer", new StopContainerRequest { ContainerId = id, Timeout = (long)grace.TotalSeconds },
            StopContainerResponse.Parser, grace + s_deadline, ct);

    /// <summary>Removes a container, killing it when it runs. Idempotent. Its log stays.</summary>
    public Task<GrpcResult<RemoveContainerResponse>> RemoveContainerAsync(string id, CancellationToken ct) =>
        CallAsync("RemoveContainer", new RemoveContainerRequest { ContainerId = id }, RemoveContainerResponse.Parser, s_deadline, ct);

    public Task<GrpcResult<ListContainersResponse>> ListContainersAsync(ContainerFilter? filter, CancellationToken ct) =>
        CallAsync("ListContainers", new ListContainersRequest { Filter = filter }, ListContainersResponse.Parser, s_deadline, ct);

    public Task<GrpcResult<ContainerStatusResponse>> ContainerStatusAsync(string id, bool verbose, CancellationToken ct) =>
        CallAsync("ContainerStatus", new ContainerStatusRequest { ContainerId = id, Verbose = verbose },
            ContainerStatusResponse.Parser, s_deadline, ct);

    public Task<GrpcResult<UpdateContainerResourcesResponse>> UpdateContainerResourcesAsync(
        string id, LinuxContainerResources resources, CancellationToken ct) =>
        CallAsync("UpdateContainerResources", new UpdateContainerResourcesRequest { ContainerId = id, Linux = resources },
            UpdateContainerResourcesResponse.Parser, s_deadline, ct);

    /// <summary>After the log file was moved away: makes the runtime open a new one.</summary>
    public Task<GrpcResult<ReopenContainerLogResponse>> ReopenContainerLogAsync(string id, CancellationToken ct) =>
        CallAsync("ReopenContainerLog", new ReopenContainerLogRequest { ContainerId = id }, ReopenContainerLogResponse.Parser, s_deadline, ct);

    /// <summary>Runs a command and collects its output. The time-out kills it: the status is then DeadlineExceeded.</summary>
    public Task<GrpcResult<ExecSyncResponse>> ExecSyncAsync(string id, IEnumerable<string> command, TimeSpan timeout, CancellationToken ct)
    {
        var request = new ExecSyncRequest { ContainerId = id, Timeout = (long)timeout.TotalSeconds };
        request.Cmd.AddRange(command);
        return CallAsync("ExecSync", request, ExecSyncResponse.Parser, timeout > TimeSpan.Zero ? timeout + s_deadline : null, ct);
    }

    /// <summary>Asks for a URL on the streaming server at which the command runs.</summary>
    public Task<GrpcResult<ExecResponse>> ExecAsync(ExecRequest request, CancellationToken ct) =>
        CallAsync("Exec", request, ExecResponse.Parser, s_deadline, ct);

    public Task<GrpcResult<AttachResponse>> AttachAsync(AttachRequest request, CancellationToken ct) =>
        CallAsync("Attach", request, AttachResponse.Parser, s_deadline, ct);

    public Task<GrpcResult<PortForwardResponse>> PortForwardAsync(PortForwardRequest request, CancellationToken ct) =>
        CallAsync("PortForward", request, PortForwardResponse.Parser, s_deadline, ct);

    public Task<GrpcResult<ListContainerStatsResponse>> ListContainerStatsAsync(ContainerStatsFilter? filter, CancellationToken ct) =>
        CallAsync("ListContainerStats", new ListContainerStatsRequest { Filter = filter }, ListContainerStatsResponse.Parser, s_deadline, ct);

    private Task<GrpcResult<T>> CallAsync<T>(
        string method, IMessage request, MessageParser<T> parser, TimeSpan? deadline, CancellationToken ct) where T : class, IMessage<T> =>
        grpc.CallAsync("/runtime.v1.RuntimeService/" + method, request, parser, deadline, ct);
}
