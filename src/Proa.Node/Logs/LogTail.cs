using Microsoft.Win32.SafeHandles;

namespace Proa.Node.Logs;

/// <summary>Finds where the last lines of a file begin.</summary>
internal static class LogTail
{
    private const int Block = 4096;

    /// <summary>The offset at which the last <paramref name="lines"/> lines begin; a last line without newline counts.</summary>
    public static long Find(SafeFileHandle file, long lines)
    {
        var length = RandomAccess.GetLength(file);
        if (lines <= 0)
        {
            return length;
        }
        var buffer = new byte[Block];
        var wanted = lines;
        var end = length;
        while (end > 0)
        {
            var start = Math.Max(0, end - Block);
            var read = RandomAccess.Read(file, buffer.AsSpan(0, (int)(end - start)), start);
            for (var i = read - 1; i >= 0; i--)
            {
                // The newline that ends the file ends a line, it does not begin one.
                if (buffer[i] == (byte)'\n' && start + i != length - 1 && --wanted == 0)
                {
                    return start + i + 1;
                }
            }
            end = start;
        }
        return 0;
    }
}
