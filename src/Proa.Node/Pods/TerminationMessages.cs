using System.Text;
using Proa.Node.Cri.V1;

namespace Proa.Node.Pods;

/// <summary>
/// What a container left to say when it ended: its termination file, at most 4096 bytes; or, where the policy says so and
/// it failed without a word, the end of its log (80 lines, 2048 bytes).
/// </summary>
internal static class TerminationMessages
{
    private const int MaxFile = 4096;
    private const int MaxLog = 2048;
    private const int MaxLines = 80;

    /// <returns>Null: nothing but what the runtime says.</returns>
    public static string? Read(ContainerStatus status)
    {
        if (status.State != ContainerState.ContainerExited)
        {
            return null;
        }
        var text = status.Annotations.TryGetValue(PodLabels.TerminationMessageFile, out var file) ? ReadFile(file) : "";
        if (text.Length == 0 && status.ExitCode != 0
            && status.Annotations.TryGetValue(PodLabels.TerminationMessagePolicy, out var policy) && policy == "FallbackToLogsOnError")
        {
            text = ReadLog(status.LogPath);
        }
        if (text.Length == 0)
        {
            return null;
        }
        return status.Message.Length == 0 ? text : $"{status.Message}: {text}";
    }

    private static string ReadFile(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            var buffer = new byte[MaxFile];
            var read = file.ReadAtLeast(buffer, MaxFile, throwOnEndOfStream: false);
            return Encoding.UTF8.GetString(buffer, 0, read);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static string ReadLog(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            // Each line carries some 50 bytes of its own: 2026-11-21T02:00:00.000000000Z stdout F the text
            file.Seek(-Math.Min(file.Length, MaxLog + (MaxLines * 64)), SeekOrigin.End);
            using var reader = new StreamReader(file);
            var lines = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
            var text = new StringBuilder();
            foreach (var line in lines.TakeLast(MaxLines))
            {
                var fields = line.Split(' ', 4);
                if (fields.Length == 4)
                {
                    text.Append(fields[3]);
                    if (fields[2] == "F")
                    {
                        text.Append('\n');
                    }
                }
            }
            return text.Length <= MaxLog ? text.ToString() : text.ToString(text.Length - MaxLog, MaxLog);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
