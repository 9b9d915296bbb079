using Microsoft.Extensions.Logging;
using Proa.Api.Meta;
using Proa.Api.Models.Coordination;
using Proa.Api.Models.Core;
using Proa.Api.Models.Meta;
using Proa.Client;
using Proa.Client.Events;
using Proa.Node.Cri;
using CoreNode = Proa.Api.Models.Core.Node;

namespace Proa.Node.Registration;

/// <summary>
/// Makes the Node object and keeps it true: its lease every ten seconds, its status when something changed or five
/// minutes passed. The agent's word on readiness is the runtime's and its network's.
/// </summary>
internal sealed partial class NodeRegistration(
    NodeAgentOptions options, IReadOnlyList<string> hostIps, IReadOnlyDictionary<string, Quantity> capacity,
    CriRuntime runtime, CriImages images, IClusterClient client, IEventRecorder events, TimeProvider time, ILogger logger)
{
    private const string LeaseNamespace = "kube-node-lease";
    private const int LeaseSeconds = 40;
    private const int MaxImages = 50;
    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_statusEvery = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan s_retry = TimeSpan.FromMilliseconds(100);

    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ObjectReference _reference = new() { Kind = "Node", Name = options.NodeName, Uid = options.NodeName };
    private NodeStatus? _written;
    private DateTimeOffset _writtenAt;

    /// <summary>Completes when the node was written as Ready for the first time.</summary>
    public Task ReadyAsync(CancellationToken ct) => _ready.Task.WaitAsync(ct);

    public async Task RunAsync(CancellationToken ct)
    {
        events.Record(_reference, "Normal", "Starting", "Starting kubelet.");
        using var timer = new PeriodicTimer(s_period, time);
        while (!_ready.Task.IsCompleted)
        {
            await TryAsync(ct);
            if (!_ready.Task.IsCompleted)
            {
                await Task.Delay(s_retry, time, ct);
            }
        }
        while (await timer.WaitForNextTickAsync(ct))
        {
            await TryAsync(ct);
        }
    }

    private async Task TryAsync(CancellationToken ct)
    {
        try
        {
            var status = await StatusAsync(ct);
            await WriteAsync(status, ct);
            await RenewAsync(ct);
        }
        catch (HttpRequestException e)
        {
            LogUnanswered(e.Message);
        }
    }

    private async Task<NodeStatus> StatusAsync(CancellationToken ct)
    {
        var version = await runtime.VersionAsync(ct);
        var state = await runtime.StatusAsync(ct);
        string? problem = null;
        if (!state.Ok)
        {
            problem = $"container runtime is down: {state.Status.Message}";
        }
        else
        {
            foreach (var condition in state.Value.Status.Conditions)
            {
                if (!condition.Status)
                {
                    var what = condition.Type == "NetworkReady" ? "container runtime network not ready" : "container runtime not ready";
                    problem = $"{what}: {condition.Type}=false reason:{condition.Reason} message:{condition.Message}";
                }
            }
        }
        return new()
        {
            Addresses =
            [
                .. hostIps.Select(ip => new NodeAddress { Type = "InternalIP", Address = ip }),
                new() { Type = "Hostname", Address = options.NodeName },
            ],
            Allocatable = NodeFacts.Allocatable(capacity),
            Capacity = capacity,
            Conditions =
            [
                Condition("MemoryPressure", false, "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
                Condition("DiskPressure", false, "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
                Condition("PIDPressure", false, "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
                problem is null
                    ? Condition("Ready", true, "KubeletReady", "kubelet is posting ready status")
                    : Condition("Ready", false, "KubeletNotReady", problem),
            ],
            DaemonEndpoints = new() { KubeletEndpoint = new() { Port = options.NodePort } },
            Features = new() { SupplementalGroupsPolicy = false },
            Images = await ImagesAsync(ct),
            NodeInfo = NodeFacts.SystemInfo(version.Ok ? version.Value.RuntimeVersion : "", options.Version),
        };
    }

    private async Task<IReadOnlyList<ContainerImage>> ImagesAsync(CancellationToken ct)
    {
        var listed = await images.ListAsync(ct);
        if (!listed.Ok)
        {
            return _written?.Images ?? [];
        }
        return
        [
            .. listed.Value.Images
                .OrderByDescending(image => image.Size).ThenBy(image => image.Id, StringComparer.Ordinal)
                .Take(MaxImages)
                .Select(image => new ContainerImage { Names = [.. image.RepoDigests, .. image.RepoTags], SizeBytes = (long)image.Size }),
        ];
    }

    private async Task WriteAsync(NodeStatus status, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        if (_written is not null && _written == status && now - _writtenAt < s_statusEvery)
        {
            return;
        }
        var existing = await client.GetAsync<CoreNode>(null, options.NodeName, ct);
        if (existing.IsNotFound)
        {
            existing = await client.CreateAsync(New(), ct);
        }
        if (!existing.Ok)
        {
            LogRefused(existing.Error.Message);
            return;
        }
        var node = existing.Value;
        if (string.IsNullOrEmpty(node.Spec.PodCIDR) && options.PodCidr is not null || !HasLabels(node))
        {
            var changed = await client.ModifyAsync<CoreNode>(null, options.NodeName, Complete, ct);
            if (!changed.Ok)
            {
                LogRefused(changed.Error.Message);
            }
        }
        var written = await client.ModifyAsync<CoreNode>(null, options.NodeName, old => old with { Status = Merge(old.Status, status, now) }, ct, "status");
        if (!written.Ok)
        {
            LogRefused(written.Error.Message);
            return;
        }
        TellChanges(_written, status);
        _written = status;
        _writtenAt = now;
        if (status.Conditions[^1].Status == "True")
        {
            _ready.TrySetResult();
        }
    }

    private CoreNode New() => Complete(new CoreNode
    {
        Metadata = new()
        {
            Name = options.NodeName,
            Annotations = new Dictionary<string, string> { ["volumes.kubernetes.io/controller-managed-attach-detach"] = "true" },
        },
    });

    private CoreNode Complete(CoreNode node)
    {
        var labels = new Dictionary<string, string>(node.Metadata.Labels);
        foreach (var (key, value) in Labels())
        {
            labels[key] = value;
        }
        return node with
        {
            Metadata = node.Metadata with { Labels = labels },
            Spec = options.PodCidr is { } cidr && string.IsNullOrEmpty(node.Spec.PodCIDR)
                ? node.Spec with { PodCIDR = cidr, PodCIDRs = [cidr] }
                : node.Spec,
        };
    }

    private bool HasLabels(CoreNode node) =>
        Labels().All(label => node.Metadata.Labels.TryGetValue(label.Key, out var value) && value == label.Value);

    private IEnumerable<KeyValuePair<string, string>> Labels() =>
    [
        new("beta.kubernetes.io/arch", NodeFacts.Architecture),
        new("beta.kubernetes.io/os", "linux"),
        new("kubernetes.io/arch", NodeFacts.Architecture),
        new("kubernetes.io/hostname", options.NodeName),
        new("kubernetes.io/os", "linux"),
    ];

    /// <summary>Conditions of others stay; times of change stay where nothing changed.</summary>
    private static NodeStatus Merge(NodeStatus old, NodeStatus wanted, DateTimeOffset now)
    {
        var second = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerSecond));
        var conditions = new List<NodeCondition>();
        foreach (var condition in wanted.Conditions)
        {
            var known = old.Conditions.FirstOrDefault(other => other.Type == condition.Type);
            conditions.Add(condition with
            {
                LastHeartbeatTime = second,
                LastTransitionTime = known?.Status == condition.Status && known.LastTransitionTime is { } since ? since : second,
            });
        }
        conditions.InsertRange(0, old.Conditions.Where(other => wanted.Conditions.All(condition => condition.Type != other.Type)));
        return old with
        {
            Addresses = wanted.Addresses,
            Allocatable = wanted.Allocatable,
            Capacity = wanted.Capacity,
            Conditions = conditions,
            DaemonEndpoints = wanted.DaemonEndpoints,
            Features = wanted.Features,
            Images = wanted.Images,
            NodeInfo = wanted.NodeInfo,
        };
    }

    private async Task RenewAsync(CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var read = await client.GetAsync<Lease>(LeaseNamespace, options.NodeName, ct);
        if (read.IsNotFound)
        {
            var node = await client.GetAsync<CoreNode>(null, options.NodeName, ct);
            await client.CreateAsync(
                new Lease
                {
                    Metadata = new()
                    {
                        Name = options.NodeName,
                        Namespace = LeaseNamespace,
                        OwnerReferences = node.Ok
                            ? [new OwnerReference { ApiVersion = "v1", Kind = "Node", Name = options.NodeName, Uid = node.Value.Metadata.Uid ?? "" }]
                            : [],
                    },
                    Spec = new() { HolderIdentity = options.NodeName, LeaseDurationSeconds = LeaseSeconds, RenewTime = now },
                },
                ct);
            return;
        }
        if (read.Ok)
        {
            var spec = (read.Value.Spec ?? new LeaseSpec()) with { HolderIdentity = options.NodeName, LeaseDurationSeconds = LeaseSeconds, RenewTime = now };
            await client.UpdateAsync(read.Value with { Spec = spec }, ct);
        }
    }

    private void TellChanges(NodeStatus? before, NodeStatus after)
    {
        foreach (var condition in after.Conditions)
        {
            var old = before?.Conditions.FirstOrDefault(other => other.Type == condition.Type)?.Status;
            if (old == condition.Status)
            {
                continue;
            }
            var reason = condition.Type switch
            {
                "Ready" => condition.Status == "True" ? "NodeReady" : "NodeNotReady",
                "MemoryPressure" => "NodeHasSufficientMemory",
                "DiskPressure" => "NodeHasNoDiskPressure",
                _ => "NodeHasSufficientPID",
            };
            events.Record(_reference, "Normal", reason, $"Node {options.NodeName} status is now: {reason}");
        }
    }

    private static NodeCondition Condition(string type, bool status, string reason, string message) =>
        new() { Type = type, Status = status ? "True" : "False", Reason = reason, Message = message };

    [LoggerMessage(Level = LogLevel.Warning, Message = "The API refused the node: {Reason}")]
    private partial void LogRefused(string? reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The API does not answer: {Reason}")]
    private partial void LogUnanswered(string reason);
}
