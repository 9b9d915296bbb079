using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Proa.ApiServer.Pipeline;

/// <summary>
/// A page of a collection, kept as the slices of bytes it is made of; nothing is copied before it is written.
/// </summary>
internal sealed class ListResponse(string apiVersion, string listKind, string resourceVersion, IReadOnlyList<ReadOnlyMemory<byte>> items)
    : ApiResponse(200)
{
    /// <summary>Whole objects.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Items { get; } = items;

    public string ApiVersion { get; } = apiVersion;

    public string ListKind { get; } = listKind;

    public string ResourceVersion { get; } = resourceVersion;

    public string? Continue { get; init; }

    public long? Remaining { get; init; }

    /// <summary>Lists of custom resources print an empty continue token too.</summary>
    public bool PrintsEmptyContinue { get; init; }

    /// <summary>What every item starts with and lists of built-in kinds leave out: <c>{"kind":"Pod","apiVersion":"v1",</c>.</summary>
    public ReadOnlyMemory<byte> OmittedPrefix { get; init; }

    /// <summary>Writes all of it.</summary>
    /// <summary>Bytes of its items.</summary>
    public long Size
    {
        get
        {
            long size = 0;
            foreach (var item in Items)
            {
                size += item.Length;
            }
            return size;
        }
    }

    public void WriteTo(IBufferWriter<byte> output)
    {
        using var writer = new ListWriter(this);
        writer.WritePart(output, int.MaxValue);
    }

    /// <summary>What comes before the first item.</summary>
    public void WriteHead(IBufferWriter<byte> output)
    {
        Utf8("{\"kind\":\"", output);
        Utf8(ListKind, output);
        Utf8("\",\"apiVersion\":\"", output);
        Utf8(ApiVersion, output);
        Utf8("\",\"metadata\":{\"resourceVersion\":\"", output);
        Utf8(ResourceVersion, output);
        output.Write("\""u8);
        if (Continue is { Length: > 0 } token)
        {
            Utf8(",\"continue\":\"", output);
            Utf8(JsonEncodedText.Encode(token).ToString(), output);
            output.Write("\""u8);
        }
        else if (PrintsEmptyContinue)
        {
            output.Write(",\"continue\":\"\""u8);
        }
        if (Remaining is { } remaining)
        {
            Utf8(",\"remainingItemCount\":" + remaining.ToString(CultureInfo.InvariantCulture), output);
        }
        output.Write("},\"items\":["u8);
    }

    private static void Utf8(string text, IBufferWriter<byte> output) => Encoding.UTF8.GetBytes(text, output);
}
