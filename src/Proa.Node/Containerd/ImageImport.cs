using System.Diagnostics;

namespace Proa.Node.Containerd;

/// <summary>Brings an image archive (docker's or OCI's, a tar file) into containerd, by its own tool <c>ctr</c>.</summary>
internal static class ImageImport
{
    /// <summary>containerd's namespace for what the Container Runtime Interface manages.</summary>
    public const string Namespace = "k8s.io";

    /// <summary>Names the namespace in calls to containerd's own services.</summary>
    public static readonly (string, string) Header = ("containerd-namespace", Namespace);

    /// <returns>Null when it worked; otherwise what the tool said.</returns>
    public static async Task<string?> RunAsync(ContainerdOptions options, string archive, CancellationToken ct)
    {
        var start = new ProcessStartInfo("ctr") { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var argument in (string[])["--address", options.Socket, "--namespace", Namespace, "images", "import", archive])
        {
            start.ArgumentList.Add(argument);
        }
        using var tool = Process.Start(start)!;
        var output = tool.StandardOutput.ReadToEndAsync(ct);
        var error = await tool.StandardError.ReadToEndAsync(ct);
        await output;
        await tool.WaitForExitAsync(ct);
        return tool.ExitCode == 0 ? null : error.Trim();
    }
}
