namespace Proa.EndToEnd.Tests.Harness;

/// <summary>One cluster with <c>busybox:1.35</c> imported, shared by the tests that need pods of their own, each in its own namespace.</summary>
public sealed class BusyboxCluster : IAsyncLifetime
{
    private int _namespaces;

    internal TestCluster Cluster { get; private set; } = null!;

    internal Kubectl Kubectl => Cluster.Kubectl;

    public async ValueTask InitializeAsync()
    {
        var busybox = await Images.Busybox;
        Cluster = await TestCluster.StartAsync();
        await Cluster.ImportAsync(busybox);
    }

    public ValueTask DisposeAsync() => Cluster?.DisposeAsync() ?? default;

    internal async Task<string> NamespaceAsync()
    {
        var name = $"t{Interlocked.Increment(ref _namespaces)}";
        await Kubectl.MustAsync("create", "namespace", name);
        return name;
    }
}

[CollectionDefinition("busybox")]
public sealed class BusyboxCollection : ICollectionFixture<BusyboxCluster>;
