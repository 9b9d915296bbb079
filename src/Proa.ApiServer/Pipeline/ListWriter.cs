using System.Buffers;

namespace Proa.ApiServer.Pipeline;

/// <summary>Writes a list in parts, so that a long one is never in memory a second time. For one writing.</summary>
internal sealed class ListWriter(ListResponse list) : IDisposable
{
    private readonly IEnumerator<ReadOnlyMemory<byte>> _items = list.Items.GetEnumerator();
    private bool _begun;

    /// <summary>Writes the next items, until the part has about so many bytes.</summary>
    /// <returns>False: that was the last.</returns>
    public bool WritePart(IBufferWriter<byte> output, int bytes)
    {
        var first = !_begun;
        if (first)
        {
            list.WriteHead(output);
            _begun = true;
        }
        var prefix = list.OmittedPrefix.Span;
        for (var written = 0; written < bytes; first = false)
        {
            if (!_items.MoveNext())
            {
                output.Write("]}"u8);
                return false;
            }
            var item = _items.Current.Span;
            if (!first)
            {
                output.Write(","u8);
            }
            if (!prefix.IsEmpty && item.StartsWith(prefix))
            {
                output.Write("{"u8);
                item = item[prefix.Length..];
            }
            output.Write(item);
            written += item.Length;
        }
        return true;
    }

    public void Dispose() => _items.Dispose();
}
