namespace Proa.Node.Volumes;

/// <summary>The mounts that this process sees.</summary>
internal static class MountTable
{
    /// <summary>The mount points at or below a directory, the innermost first, so that they can be unmounted in order.</summary>
    public static IReadOnlyList<string> Below(string directory)
    {
        var prefix = directory.TrimEnd('/') + "/";
        var found = new List<string>();
        // 36 35 98:0 /root /mount/point rw,noatime shared:1 - ext4 /dev/sda1 rw
        foreach (var line in File.ReadLines("/proc/self/mountinfo"))
        {
            var fields = line.Split(' ', 6);
            if (fields.Length == 6 && Unescape(fields[4]) is var point
                && (point.StartsWith(prefix, StringComparison.Ordinal) || point.Length == prefix.Length - 1 && prefix.StartsWith(point, StringComparison.Ordinal)))
            {
                found.Add(point);
            }
        }
        found.Reverse();
        return found;
    }

    /// <summary>The kernel writes space, tab, newline and backslash as three octal digits.</summary>
    private static string Unescape(string text)
    {
        if (!text.Contains('\\'))
        {
            return text;
        }
        return text.Replace("\\040", " ").Replace("\\011", "\t").Replace("\\012", "\n").Replace("\\134", "\\");
    }
}
