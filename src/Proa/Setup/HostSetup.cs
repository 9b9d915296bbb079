using System.Diagnostics;

namespace Proa.Setup;

/// <summary>Installs what a node needs and the machine lacks, with the distribution's package manager.</summary>
internal static class HostSetup
{
    /// <summary>Does nothing, and costs nothing, when everything is there.</summary>
    /// <exception cref="UserException">Something is missing and cannot be installed here.</exception>
    public static async Task EnsureAsync(TextWriter progress, CancellationToken ct)
    {
        var missing = Missing();
        if (missing.Length == 0)
        {
            return;
        }
        var todo = $"install by hand: {string.Join(' ', missing)}; `proa doctor` tells what is missing";
        if (HostChecks.Find("apt-get") is null)
        {
            throw new UserException($"missing on this machine: {string.Join(", ", missing)}, and there is no apt-get to install them with", todo);
        }
        progress.WriteLine($"installing {string.Join(", ", missing)} with apt-get (needed once)");
        if (await AptAsync(["install", "-y", "-q", "--no-install-recommends", .. missing], ct) != 0)
        {
            progress.WriteLine("reading the package lists anew");
            await AptAsync(["update", "-q"], ct);
            if (await AptAsync(["install", "-y", "-q", "--no-install-recommends", .. missing], ct) is var code and not 0)
            {
                throw new UserException($"apt-get could not install {string.Join(", ", missing)} (exit code {code})", todo);
            }
        }
        if (Missing() is { Length: > 0 } still)
        {
            throw new UserException($"still missing after apt-get: {string.Join(", ", still)}", todo);
        }
    }

    /// <summary>Like <see cref="EnsureAsync"/>, but installs nothing.</summary>
    /// <exception cref="UserException">Something is missing.</exception>
    public static void Check()
    {
        if (Missing() is { Length: > 0 } missing)
        {
            throw new UserException($"missing on this machine: {string.Join(", ", missing)}", $"install with: apt-get install {string.Join(' ', missing)}; or leave out --no-setup");
        }
    }

    private static string[] Missing() => [.. HostChecks.Programs().Where(check => !check.Ok).Select(check => check.Package!).Distinct()];

    private static async Task<int> AptAsync(string[] arguments, CancellationToken ct)
    {
        var start = new ProcessStartInfo("apt-get") { RedirectStandardOutput = true };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }
        start.Environment["DEBIAN_FRONTEND"] = "noninteractive";
        using var apt = Process.Start(start)!;
        // apt's own talk is kept back; what it says on stderr is shown.
        await apt.StandardOutput.ReadToEndAsync(ct);
        await apt.WaitForExitAsync(ct);
        return apt.ExitCode;
    }
}
