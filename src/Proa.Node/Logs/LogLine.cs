using System.Globalization;
using System.Text;

namespace Proa.Node.Logs;

/// <summary>
/// One line of a container's log file:
/// <code>2026-01-02T03:04:05.123456789Z stdout F the text</code>
/// The tag is F for a whole line and P for a part of one, which the next line of that stream continues.
/// </summary>
internal readonly ref struct LogLine
{
    private LogLine(ReadOnlySpan<byte> time, ReadOnlySpan<byte> text, bool isPartial)
    {
        Time = time;
        Text = text;
        IsPartial = isPartial;
    }

    /// <summary>As it stands in the file.</summary>
    public ReadOnlySpan<byte> Time { get; }

    public ReadOnlySpan<byte> Text { get; }

    public bool IsPartial { get; }

    /// <param name="line">Without its newline.</param>
    public static bool TryParse(ReadOnlySpan<byte> line, out LogLine result)
    {
        result = default;
        var space = line.IndexOf((byte)' ');
        if (space <= 0)
        {
            return false;
        }
        var time = line[..space];
        line = line[(space + 1)..];
        if (!line.StartsWith("stdout "u8) && !line.StartsWith("stderr "u8))
        {
            return false;
        }
        line = line[7..];
        space = line.IndexOf((byte)' ');
        if (space <= 0)
        {
            return false;
        }
        // Tags are separated by colons; the first one says whether the line is whole.
        var isPartial = line[0] == (byte)'P' && (space == 1 || line[1] == (byte)':');
        result = new(time, line[(space + 1)..], isPartial);
        return true;
    }

    /// <summary>The earliest possible time when it cannot be read.</summary>
    public DateTimeOffset ParseTime() =>
        DateTimeOffset.TryParse(Encoding.ASCII.GetString(Time), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : DateTimeOffset.MinValue;
}
