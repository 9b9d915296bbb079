using Proa.EndToEnd.Tests.Harness;

namespace Proa.EndToEnd.Tests.Clients;

/// <summary>The JavaScript client, from its registry, against a real cluster.</summary>
[Collection("busybox")]
public sealed class JavaScriptClientTests(BusyboxCluster fixture)
{
    [Fact]
    public async Task Client_ListsWatchesAndInforms()
    {
        var ns = await fixture.NamespaceAsync();
        var folder = Path.Combine(Repository.Root, "artifacts", "js-client");
        Directory.CreateDirectory(folder);
        var install = await CommandResult.RunAsync("npm", ["install", "--prefix", folder, "--no-audit", "--no-fund", "--silent", "@kubernetes/client-node@1.4.0"]);
        Assert.SkipWhen(install.ExitCode != 0, $"the client could not be installed from the npm registry: {install.Stderr}");
        File.Copy(Path.Combine(AppContext.BaseDirectory, "Clients", "client.mjs"), Path.Combine(folder, "client.mjs"), overwrite: true);

        var run = await CommandResult.RunAsync("node", [Path.Combine(folder, "client.mjs"), ns], null,
            new Dictionary<string, string> { ["KUBECONFIG"] = Path.Combine(fixture.Cluster.DataDir, "kubeconfig") }, TimeSpan.FromSeconds(60));

        Assert.Equal("nodes 1\nwatched ADDED\ninformed 1\n", run.Must());
    }
}
