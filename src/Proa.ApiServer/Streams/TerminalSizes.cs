using System.Text.Json;
using System.Threading.Channels;
using Proa.Client.Node;

namespace Proa.ApiServer.Streams;

/// <summary>The sizes that a client's terminal takes: only the newest matters to a slow reader.</summary>
internal sealed class TerminalSizes
{
    private readonly Channel<TerminalSize> _sizes = Channel.CreateBounded<TerminalSize>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });

    public IAsyncEnumerable<TerminalSize> All(CancellationToken ct) => _sizes.Reader.ReadAllAsync(ct);

    public void End() => _sizes.Writer.TryComplete();

    /// <summary>Takes <c>{"Width":80,"Height":24}</c>; what is not that says nothing.</summary>
    public void Add(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.TryGetProperty("Width", out var width) && document.RootElement.TryGetProperty("Height", out var height)
                && width.TryGetUInt16(out var columns) && height.TryGetUInt16(out var rows))
            {
                _sizes.Writer.TryWrite(new(columns, rows));
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
        }
    }
}
