using System.Text;

namespace Proa.Store.Health;

/// <summary>Names the disk that a path lies on, by what the kernel says is mounted.</summary>
/// <remarks>Raw: <c>36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue</c>.</remarks>
internal static class DiskDevice
{
    /// <returns><c>/dev/vda1 (ext4 on /)</c>; the path itself when the kernel does not say.</returns>
    public static string Of(string path)
    {
        try
        {
            return Of(path, File.ReadLines("/proc/self/mountinfo"));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return path;
        }
    }

    internal static string Of(string path, IEnumerable<string> mounts)
    {
        var (found, longest) = (path, 0);
        foreach (var line in mounts)
        {
            var fields = line.Split(' ');
            var separator = Array.IndexOf(fields, "-");
            if (separator < 6 || separator + 2 >= fields.Length)
            {
                continue;
            }
            var point = Unescaped(fields[4]);
            // The last of those on the same point is on top.
            if (point.Length >= longest && IsBelow(path, point))
            {
                (found, longest) = ($"{Unescaped(fields[separator + 2])} ({fields[separator + 1]} on {point})", point.Length);
            }
        }
        return found;
    }

    private static bool IsBelow(string path, string point) =>
        point == "/" || (path.StartsWith(point, StringComparison.Ordinal) && (path.Length == point.Length || path[point.Length] == '/'));

    /// <summary>Spaces and the like are written as <c>\040</c>.</summary>
    private static string Unescaped(string field)
    {
        if (!field.Contains('\\', StringComparison.Ordinal))
        {
            return field;
        }
        var text = new StringBuilder();
        for (var i = 0; i < field.Length; i++)
        {
            if (field[i] == '\\' && i + 3 < field.Length && field.AsSpan(i + 1, 3).IndexOfAnyExceptInRange('0', '7') < 0)
            {
                text.Append((char)Convert.ToInt32(field.Substring(i + 1, 3), 8));
                i += 3;
            }
            else
            {
                text.Append(field[i]);
            }
        }
        return text.ToString();
    }
}
