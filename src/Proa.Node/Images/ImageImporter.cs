using System.ComponentModel;
using System.Diagnostics;
using Proa.Node.Cri;
using Proa.Node.Cri.V1;
using Proa.Client.Grpc;

namespace Proa.Node.Images;

/// <summary>
/// Brings an image archive into a cluster's containerd, by containerd's own tool <c>ctr</c>: what <c>docker save</c> or
/// <c>podman save</c> writes, or an OCI layout as a tar file.
/// </summary>
public sealed class ImageImporter(string containerdSocket, TimeProvider time)
{
    private const string Namespace = "k8s.io";
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);

    /// <returns>The names by which pods can use the images; or the error to tell.</returns>
    public async Task<(IReadOnlyList<string> Names, string? Error)> ImportAsync(string archive, CancellationToken ct)
    {
        if (!File.Exists(archive))
        {
            return ([], $"{archive}: no such file");
        }
        if (new FileInfo(archive).Length == 0)
        {
            return ([], $"{archive} is empty, not an image archive");
        }
        if (!File.Exists(containerdSocket))
        {
            return ([], NotRunning(containerdSocket));
        }
        // Progress goes to standard error, one "unpacking NAME (DIGEST)...done" a name to standard output.
        var (code, output, error) = await RunAsync(["--address", containerdSocket, "--namespace", Namespace, "images", "import", Path.GetFullPath(archive)], ct);
        if (code != 0)
        {
            return ([], Explain(archive, error));
        }
        var names = new List<string>();
        foreach (var line in output.Split('\n'))
        {
            if (line.StartsWith("unpacking ", StringComparison.Ordinal) && line.Split(' ') is [_, var name, ..])
            {
                names.Add(name);
            }
        }
        if (names.Count == 0)
        {
            return ([], $"{archive} names no image: save it with a name, such as docker save NAME:TAG");
        }
        return await SeenAsync(names, ct);
    }

    internal static string NotRunning(string socket) => $"containerd does not answer at {socket}: start the cluster first (proa up)";

    private static string Explain(string archive, string error)
    {
        var last = error.Trim().Split('\n')[^1];
        last = last.StartsWith("ctr: ", StringComparison.Ordinal) ? last[5..] : last;
        return last.Contains("unrecognized image format", StringComparison.Ordinal) || last.Contains("invalid tar header", StringComparison.Ordinal)
            ? $"{archive} is no image archive: expected what docker save writes, or an OCI layout as a tar file"
            : $"{archive} could not be imported: {last}";
    }

    /// <summary>Pods are served from another view of the images, which follows a moment later.</summary>
    private async Task<(IReadOnlyList<string>, string?)> SeenAsync(List<string> names, CancellationToken ct)
    {
        using var grpc = GrpcClient.OverUnixSocket(containerdSocket, time);
        var images = new CriImages(grpc);
        foreach (var name in names)
        {
            for (var attempt = 0; ; attempt++)
            {
                var status = await images.StatusAsync(new ImageSpec { Image = name }, verbose: false, ct);
                if (status.Ok && status.Value.Image is not null)
                {
                    break;
                }
                if (attempt == 250)
                {
                    return ([], $"{name} was imported but containerd does not offer it to pods");
                }
                await Task.Delay(s_pause, time, ct);
            }
        }
        return (names, null);
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(IEnumerable<string> arguments, CancellationToken ct)
    {
        var start = new ProcessStartInfo("ctr") { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }
        try
        {
            using var tool = Process.Start(start)!;
            var output = tool.StandardOutput.ReadToEndAsync(ct);
            var error = await tool.StandardError.ReadToEndAsync(ct);
            await tool.WaitForExitAsync(ct);
            return (tool.ExitCode, await output, error);
        }
        catch (Win32Exception e)
        {
            return (-1, "", $"the program ctr cannot be run ({e.Message}): it comes with containerd (apt-get install containerd)");
        }
    }
}
