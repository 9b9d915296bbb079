using System.Diagnostics;
using Proa.Api.Json;
using Proa.Api.Meta;
using Proa.Api.Models.Apps;
using Proa.Api.Schema;
using Proa.Api.Yaml;
using Proa.Client;
using Proa.Node.Images;
using Proa.Terminal;

namespace Proa.Cluster;

/// <summary>Deploys <c>samples/shop</c>: builds its images when they are not there yet, imports and applies, and waits until it answers.</summary>
internal static class DemoShop
{
    private const string Address = "http://127.0.0.1:30080";

    /// <exception cref="UserException">The sample is not beside the program, or cannot be built.</exception>
    public static async Task DeployAsync(ClusterPaths paths, IClusterClient client, StartView view, CancellationToken ct)
    {
        var root = FindRoot();
        var images = Path.Combine(root, "artifacts/images/shop");
        if (!Directory.Exists(images) || Directory.GetFiles(images, "*.tar").Length < 5)
        {
            view.Starting("the shop's images (once, about a minute)");
            await BuildAsync(Path.Combine(root, "samples/shop/build-images.sh"), images, ct);
            view.Up("images", images);
        }
        view.Starting("the shop");
        var importer = new ImageImporter(paths.ContainerdSocket, TimeProvider.System);
        foreach (var tar in Directory.EnumerateFiles(images, "*.tar"))
        {
            if (await importer.ImportAsync(tar, ct) is (_, { } error))
            {
                throw new UserException($"{tar} could not be imported: {error}", "remove it and start again: it is built anew");
            }
        }
        var deployments = new HashSet<string>();
        foreach (var document in YamlTree.ParseAll(await File.ReadAllTextAsync(Path.Combine(root, "samples/shop/deploy/shop.yaml"), ct)).Cast<JsonObject>())
        {
            await ApplyAsync(client, document, ct);
            if (document.String("kind") == "Deployment")
            {
                deployments.Add(document.Object("metadata")!.String("name")!);
            }
        }
        await foreach (var (_, deployment) in client.WatchAsync<Deployment>("shop", new WatchOptions(), ct))
        {
            if (deployment.Status.Conditions.Any(condition => condition is { Type: "Available", Status: "True" }))
            {
                deployments.Remove(deployment.Metadata.Name!);
            }
            if (deployments.Count == 0)
            {
                break;
            }
        }
        view.Up("the shop", Address);
    }

    private static async Task ApplyAsync(IClusterClient client, JsonObject obj, CancellationToken ct)
    {
        var gvk = GroupVersionKind.Of(obj.String("apiVersion")!, obj.String("kind")!);
        var resource = SchemaRegistry.BuiltIn.Resources.First(served => served.Group == gvk.Group && served.Version == gvk.Version && served.Kind == gvk.Kind);
        var metadata = obj.Object("metadata")!;
        var path = new ResourcePath(gvk.Group, gvk.Version, resource.Plural, metadata.String("namespace"), metadata.String("name"));
        var applied = await client.PatchAsync(path, PatchKind.Apply, JsonTree.ToUtf8(obj), new WriteOptions("proa-demo", Force: true), ct);
        if (!applied.Ok)
        {
            throw new UserException($"the shop's {gvk.Kind} {metadata.String("name")} was refused: {applied.Error.Message}", "the shop may have been changed by hand: delete the namespace shop and start again");
        }
    }

    private static async Task BuildAsync(string script, string images, CancellationToken ct)
    {
        using var build = Process.Start(new ProcessStartInfo(script, [images]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = build.StandardOutput.ReadToEndAsync(ct);
        var errors = await build.StandardError.ReadToEndAsync(ct);
        await output;
        await build.WaitForExitAsync(ct);
        if (build.ExitCode != 0)
        {
            throw new UserException($"the shop's images could not be built: {errors.Trim()}", $"run {script} by hand");
        }
    }

    private static string FindRoot()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "samples/shop/deploy/shop.yaml")))
            {
                return folder;
            }
        }
        throw new UserException("the sample shop is not beside this program", "run --demo from a checkout: ./proa up --demo");
    }
}
