using Microsoft.Extensions.Logging;
using Proa.Node.Cri;
using Proa.Node.Cri.V1;

namespace Proa.Node.Images;

/// <summary>
/// Removes images that no container uses when the disk is nearly full, the least recently seen in use first. Images that
/// did not come from a registry are kept: they could not be had again.
/// </summary>
internal sealed partial class ImageCollector(CriImages images, CriRuntime runtime, string directory, TimeProvider time, ILogger logger)
{
    private const double HighFull = 0.85;
    private const double LowFull = 0.80;
    private static readonly TimeSpan s_period = TimeSpan.FromMinutes(5);

    private readonly Dictionary<string, DateTimeOffset> _lastUsed = new(StringComparer.Ordinal);

    public async Task RunAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(s_period, time);
        try
        {
            while (await timer.WaitForNextTickAsync(ct))
            {
                await CollectAsync(HighFull, LowFull, ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
        }
    }

    /// <summary>One round: nothing below the first share of the disk, and down to the second above it.</summary>
    public async Task CollectAsync(double high, double low, CancellationToken ct)
    {
        var listed = await images.ListAsync(ct);
        var containers = await runtime.ListContainersAsync(null, ct);
        if (!listed.Ok || !containers.Ok)
        {
            return;
        }
        var used = containers.Value.Containers.Select(c => c.ImageRef).Concat(containers.Value.Containers.Select(c => c.Image?.Image ?? "")).ToHashSet();
        var now = time.GetUtcNow();
        var candidates = new List<Image>();
        foreach (var image in listed.Value.Images)
        {
            var inUse = used.Contains(image.Id) || image.RepoTags.Any(used.Contains) || image.RepoDigests.Any(used.Contains);
            if (inUse || !_lastUsed.ContainsKey(image.Id))
            {
                _lastUsed[image.Id] = now;
            }
            if (!inUse && !image.Pinned && image.RepoDigests.Count > 0)
            {
                candidates.Add(image);
            }
        }
        var present = listed.Value.Images.Select(image => image.Id).ToHashSet();
        foreach (var gone in _lastUsed.Keys.Where(id => !present.Contains(id)).ToList())
        {
            _lastUsed.Remove(gone);
        }
        if (Fullness() < high)
        {
            return;
        }
        foreach (var image in candidates.OrderBy(image => _lastUsed[image.Id]))
        {
            if (Fullness() < low)
            {
                return;
            }
            LogRemoving(image.RepoTags.FirstOrDefault() ?? image.Id);
            await images.RemoveAsync(new ImageSpec { Image = image.Id }, ct);
        }
    }

    private double Fullness()
    {
        var drive = new DriveInfo(directory);
        return drive.TotalSize == 0 ? 0 : 1 - ((double)drive.AvailableFreeSpace / drive.TotalSize);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Removing the unused image {Image}: the disk is nearly full")]
    private partial void LogRemoving(string image);
}
