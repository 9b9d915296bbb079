namespace Proa.Node.Logs;

/// <param name="Directory">Below which containers' logs lie.</param>
/// <param name="MaxSize">Bytes at which a log is moved aside.</param>
/// <param name="MaxFiles">How many files a container's log may be, the one in use among them.</param>
internal sealed record LogRotationOptions(string Directory, long MaxSize = 10 << 20, int MaxFiles = 5);
