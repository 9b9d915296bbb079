namespace Proa.Cluster;

/// <summary>Reads a file that a started cluster has.</summary>
internal static class ClusterFiles
{
    /// <exception cref="UserException">There is no cluster, or the user may not read it.</exception>
    public static string Read(ClusterPaths paths, Func<ClusterPaths, string> file)
    {
        try
        {
            return File.ReadAllText(file(paths));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UserException($"there is no cluster in {paths.Root}", "start one with `proa up`, or name its directory with --data-dir");
        }
        catch (UnauthorizedAccessException)
        {
            throw new UserException($"{file(paths)} is readable by root only", "run proa as root (sudo)");
        }
    }
}
