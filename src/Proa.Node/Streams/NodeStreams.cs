using System.Text.Json;
using Proa.Client.Node;
using Proa.Node.Cri;
using Proa.Node.Cri.V1;
using Proa.Node.Logs;

namespace Proa.Node.Streams;

/// <summary>Logs, exec, attach and port-forward of this node's pods. Thread-safe.</summary>
internal sealed class NodeStreams(CriRuntime runtime, IContainerLocator locator) : INodeApi
{
    private readonly ContainerLogs _logs = new(runtime, locator);

    public Task<NodeError?> LogsAsync(LogRequest request, Stream output, CancellationToken ct) => _logs.ReadAsync(request, output, ct);

    public async Task<ExecResult> ExecAsync(Client.Node.ExecRequest request, ExecStreams streams, CancellationToken ct)
    {
        if (locator.Find(request.Namespace, request.Pod) is not { } located)
        {
            return RuntimeExec.Failed("unable to upgrade connection: pod does not exist");
        }
        var id = RunningId(located.Pod, request.Container);
        if (id is null)
        {
            return RuntimeExec.Failed($"unable to upgrade connection: container not found (\"{request.Container}\")");
        }
        var (url, error) = request.Command.Count > 0 ? await ExecUrlAsync(id, request, streams, ct) : await AttachUrlAsync(id, request, streams, ct);
        var what = request.Command.Count > 0 ? "error executing command in container" : "error attaching to container";
        return url is null
            ? RuntimeExec.Failed($"{what}: {error}")
            : await RuntimeExec.RunAsync(new Uri(url), streams, ct);
    }

    public async Task<(Stream? Connection, NodeError? Error)> ConnectAsync(string ns, string pod, int port, CancellationToken ct)
    {
        if (locator.Find(ns, pod) is not { SandboxId: { } sandbox } located)
        {
            return (null, new(404, "NotFound", "pod does not exist or has no sandbox"));
        }
        string? path = null;
        if (located.Pod.Spec.HostNetwork != true)
        {
            (path, var error) = await NamespaceOfAsync(sandbox, ct);
            if (path is null)
            {
                return (null, new(500, "InternalError", error!));
            }
        }
        try
        {
            return (await NetworkNamespace.ConnectAsync(path, port, ct), null);
        }
        catch (IOException e)
        {
            return (null, new(500, "InternalError", $"failed to connect to localhost:{port} inside namespace \"{sandbox}\": {e.Message}"));
        }
    }

    private async Task<(string? Url, string? Error)> ExecUrlAsync(string id, Client.Node.ExecRequest request, ExecStreams streams, CancellationToken ct)
    {
        var asked = new Cri.V1.ExecRequest
        {
            ContainerId = id,
            Tty = request.Tty,
            Stdin = streams.Stdin is not null,
            Stdout = streams.Stdout is not null,
            Stderr = streams.Stderr is not null,
        };
        asked.Cmd.AddRange(request.Command);
        var answer = await runtime.ExecAsync(asked, ct);
        return answer.Ok ? (answer.Value.Url, null) : (null, answer.Status.Message);
    }

    private async Task<(string? Url, string? Error)> AttachUrlAsync(string id, Client.Node.ExecRequest request, ExecStreams streams, CancellationToken ct)
    {
        var answer = await runtime.AttachAsync(
            new AttachRequest
            {
                ContainerId = id,
                Tty = request.Tty,
                Stdin = streams.Stdin is not null,
                Stdout = streams.Stdout is not null,
                Stderr = streams.Stderr is not null,
            },
            ct);
        return answer.Ok ? (answer.Value.Url, null) : (null, answer.Status.Message);
    }

    /// <summary>
    /// From the sandbox's verbose status: <c>{"info": "{\"pid\":12,\"runtimeSpec\":{\"linux\":{\"namespaces\":[{\"type\":"network","path":…"}</c>.
    /// </summary>
    private async Task<(string? Path, string? Error)> NamespaceOfAsync(string sandbox, CancellationToken ct)
    {
        var status = await runtime.PodSandboxStatusAsync(sandbox, verbose: true, ct);
        if (!status.Ok)
        {
            return (null, status.Status.Message);
        }
        if (status.Value.Info.TryGetValue("info", out var info))
        {
            using var document = JsonDocument.Parse(info);
            if (document.RootElement.TryGetProperty("runtimeSpec", out var spec)
                && spec.TryGetProperty("linux", out var linux) && linux.TryGetProperty("namespaces", out var namespaces))
            {
                foreach (var entry in namespaces.EnumerateArray())
                {
                    if (entry.GetProperty("type").GetString() == "network" && entry.TryGetProperty("path", out var path) && path.GetString() is { Length: > 0 } text)
                    {
                        return (text, null);
                    }
                }
            }
            if (document.RootElement.TryGetProperty("pid", out var pid) && pid.TryGetInt32(out var number) && number > 0)
            {
                return ($"/proc/{number}/ns/net", null);
            }
        }
        return (null, $"the network namespace of sandbox \"{sandbox}\" is not known");
    }

    private static string? RunningId(Api.Models.Core.Pod pod, string container)
    {
        foreach (var statuses in (IReadOnlyList<Api.Models.Core.ContainerStatus>[])[pod.Status.ContainerStatuses, pod.Status.InitContainerStatuses, pod.Status.EphemeralContainerStatuses])
        {
            foreach (var status in statuses)
            {
                if (status.Name == container && status.State.Running is not null && status.ContainerID is { Length: > 0 } id)
                {
                    return LogTarget.IdOf(id);
                }
            }
        }
        return null;
    }
}
