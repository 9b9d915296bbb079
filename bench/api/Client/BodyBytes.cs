using System.Buffers;
using System.Text;

namespace Proa.Bench.Api.Client;

/// <summary>Keeps a body.</summary>
internal sealed class BodyBytes : IBodySink
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    public int Length => _bytes.WrittenCount;

    public ReadOnlySpan<byte> Span => _bytes.WrittenSpan;

    public void Take(ReadOnlySpan<byte> part) => _bytes.Write(part);

    public void Clear() => _bytes.ResetWrittenCount();

    public override string ToString() => Encoding.UTF8.GetString(_bytes.WrittenSpan);
}
