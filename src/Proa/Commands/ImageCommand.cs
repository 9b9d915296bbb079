using System.CommandLine;
using System.Text.Json.Nodes;
using Proa.Cluster;
using Proa.Node.Images;

namespace Proa.Commands;

internal static class ImageCommand
{
    public static Command Create()
    {
        var dataDir = CommandTree.DataDir();
        var output = CommandTree.Output();
        var files = new Argument<string[]>("FILE.tar") { Description = "A docker-archive or an OCI layout, as `docker save` or `skopeo` write them", Arity = ArgumentArity.OneOrMore };
        var import = new Command("import", "Bring images into the cluster, so that pods run them without a registry") { files, dataDir };
        import.SetAction((parsed, ct) => ImportAsync(PathsOf(parsed.GetValue(dataDir)!), parsed.GetValue(files)!, ct));
        var list = new Command("list", "List the cluster's images") { dataDir, output };
        list.SetAction((parsed, ct) => ListAsync(PathsOf(parsed.GetValue(dataDir)!), parsed.GetValue(output) == "json", ct));
        return new Command("image", "Bring in and list images") { import, list };
    }

    private static ClusterPaths PathsOf(string dataDir)
    {
        var paths = new ClusterPaths(dataDir);
        return RunFile.Running(paths) is not null && File.Exists(paths.ContainerdSocket)
            ? paths
            : throw new UserException($"no cluster with a node runs on {paths.Root}", "start it with `proa up`");
    }

    private static async Task<int> ImportAsync(ClusterPaths paths, string[] files, CancellationToken ct)
    {
        var importer = new ImageImporter(paths.ContainerdSocket, TimeProvider.System);
        foreach (var file in files)
        {
            if (!File.Exists(file))
            {
                throw new UserException($"{file} does not exist", "name a tar that holds images");
            }
            var (names, error) = await importer.ImportAsync(Path.GetFullPath(file), ct);
            if (error is not null)
            {
                throw new UserException($"{file} could not be imported: {error}", "it must be a docker-archive or an OCI layout, and the disk must have room for it");
            }
            foreach (var name in names)
            {
                Console.WriteLine($"imported {name}");
            }
        }
        return 0;
    }

    private static async Task<int> ListAsync(ClusterPaths paths, bool json, CancellationToken ct)
    {
        var (images, error) = await new ImageLister(paths.ContainerdSocket, TimeProvider.System).ListAsync(ct);
        if (error is not null)
        {
            throw new UserException($"containerd does not answer: {error}", $"look at {paths.Log}");
        }
        if (json)
        {
            Console.WriteLine(new JsonArray([.. images.Select(image => (JsonNode)new JsonObject { ["name"] = image.Name, ["id"] = image.Id, ["size"] = image.Size })]).ToJsonString());
            return 0;
        }
        var width = images.Select(image => image.Name.Length).DefaultIfEmpty(4).Max();
        Console.WriteLine($"{"NAME".PadRight(width)}  {"ID",-19}  {"SIZE",10}");
        foreach (var image in images)
        {
            Console.WriteLine($"{image.Name.PadRight(width)}  {image.Id[..Math.Min(19, image.Id.Length)],-19}  {image.Size / 1e6,7:0.0} MB");
        }
        return 0;
    }
}
