namespace Proa.Node.Pods;

/// <summary>What the runtime holds of one pod: sandboxes and containers, the newest first. Immutable.</summary>
internal sealed record PodObservation(IReadOnlyList<SandboxRecord> Sandboxes, IReadOnlyList<ContainerRecord> Containers)
{
    public static readonly PodObservation Nothing = new([], []);

    /// <summary>The newest sandbox, when it is ready.</summary>
    public SandboxRecord? ReadySandbox => Sandboxes.Count > 0 && Sandboxes[0].Ready ? Sandboxes[0] : null;

    public bool AnyRunning
    {
        get
        {
            foreach (var record in Containers)
            {
                if (record.State == RunState.Running)
                {
                    return true;
                }
            }
            return false;
        }
    }

    public ContainerRecord? Latest(string container) => Nth(container, 0);

    /// <summary>The newest one before the latest.</summary>
    public ContainerRecord? Previous(string container) => Nth(container, 1);

    public ContainerRecord? ById(string id)
    {
        foreach (var record in Containers)
        {
            if (record.Id == id)
            {
                return record;
            }
        }
        return null;
    }

    public PodObservation With(ContainerRecord changed)
    {
        var containers = new List<ContainerRecord>(Containers.Count + 1);
        var replaced = false;
        foreach (var record in Containers)
        {
            replaced |= record.Id == changed.Id;
            containers.Add(record.Id == changed.Id ? changed : record);
        }
        if (!replaced)
        {
            containers.Insert(0, changed);
        }
        return this with { Containers = containers };
    }

    public PodObservation With(SandboxRecord changed)
    {
        var sandboxes = new List<SandboxRecord>(Sandboxes.Count + 1);
        var replaced = false;
        foreach (var sandbox in Sandboxes)
        {
            replaced |= sandbox.Id == changed.Id;
            sandboxes.Add(sandbox.Id == changed.Id ? changed : sandbox);
        }
        if (!replaced)
        {
            sandboxes.Insert(0, changed);
        }
        return this with { Sandboxes = sandboxes };
    }

    public PodObservation Without(string id) => new(
        [.. Sandboxes.Where(sandbox => sandbox.Id != id)], [.. Containers.Where(container => container.Id != id)]);

    private ContainerRecord? Nth(string container, int skip)
    {
        foreach (var record in Containers)
        {
            if (record.Name == container && skip-- == 0)
            {
                return record;
            }
        }
        return null;
    }
}
