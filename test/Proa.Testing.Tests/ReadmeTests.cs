using System.Runtime.CompilerServices;
using Proa.Api.Models.Apps;
using Proa.Client;

namespace Proa.Testing.Tests;

/// <summary>The README's example, run.</summary>
public sealed class ReadmeTests
{
    private const string Shop = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: shop}
        spec:
          replicas: 3
          selector: {matchLabels: {app: shop}}
          template:
            metadata: {labels: {app: shop}}
            spec: {containers: [{name: shop, image: shop}]}
        """;

    [Fact]
    public async Task Example_OfTheReadme_Passes()
    {
        await using var cluster = await TestCluster.StartAsync();
        var scaling = NightScaler.RunAsync(cluster.Client, cluster.Clock, cluster.Stopping);
        await cluster.ApplyAsync(Shop);
        await cluster.WaitAsync<Deployment>("default", "shop", shop => shop.Spec.Replicas == 3);

        cluster.Clock.Advance(TimeSpan.FromHours(12));

        var shop = await cluster.WaitAsync<Deployment>("default", "shop", shop => shop.Spec.Replicas == 0);
        Assert.Equal("night", shop.Metadata.Annotations["scaled-for"]);
    }

    [Fact]
    public void Example_InTheReadme_IsTheOneThatRuns()
    {
        var readme = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "README.md"));
        var example = readme.Split("```csharp\n")[1].Split("```")[0];

        Assert.Contains(Words(example), Words(File.ReadAllText(Here())));
    }

    private static string Words(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static string Here([CallerFilePath] string path = "") => path;

    /// <summary>An operator of ten lines: it sends deployments to sleep after twelve hours.</summary>
    private static class NightScaler
    {
        public static async Task RunAsync(IClusterClient client, TimeProvider clock, CancellationToken ct)
        {
            await Task.Delay(TimeSpan.FromHours(12), clock, ct);
            foreach (var deployment in (await client.ListAsync<Deployment>(null, ListOptions.All, ct)).Value.Items)
            {
                await client.UpdateAsync(deployment with
                {
                    Metadata = deployment.Metadata with { Annotations = new Dictionary<string, string> { ["scaled-for"] = "night" } },
                    Spec = deployment.Spec with { Replicas = 0 },
                }, ct);
            }
        }
    }
}
