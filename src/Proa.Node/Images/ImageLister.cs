using Proa.Node.Cri;
using Proa.Client.Grpc;

namespace Proa.Node.Images;

/// <summary>Lists the images that a cluster's containerd has, for the command line.</summary>
public sealed class ImageLister(string containerdSocket, TimeProvider time)
{
    /// <returns>The images, sorted by name; or the error to tell.</returns>
    public async Task<(IReadOnlyList<ImageListItem> Images, string? Error)> ListAsync(CancellationToken ct)
    {
        if (!File.Exists(containerdSocket))
        {
            return ([], ImageImporter.NotRunning(containerdSocket));
        }
        using var grpc = GrpcClient.OverUnixSocket(containerdSocket, time);
        var answer = await new CriImages(grpc).ListAsync(ct);
        if (!answer.Ok)
        {
            return ([], answer.Status.Message);
        }
        var items = new List<ImageListItem>();
        foreach (var image in answer.Value.Images)
        {
            var names = image.RepoTags.Count > 0 ? image.RepoTags : image.RepoDigests;
            foreach (var name in names)
            {
                items.Add(new(name, image.Id, (long)image.Size));
            }
            if (names.Count == 0)
            {
                items.Add(new("<none>", image.Id, (long)image.Size));
            }
        }
        items.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        return (items, null);
    }
}

/// <param name="Size">Bytes on disk, compressed as they were fetched.</param>
public sealed record ImageListItem(string Name, string Id, long Size);
