using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Proa.Client.Http;

/// <summary>Reads a watch: one JSON object a line, <c>{"type":"ADDED","object":{…}}</c>.</summary>
internal static class WatchStream
{
    /// <exception cref="JsonException">A line is not a watch event.</exception>
    /// <exception cref="IOException">The stream broke, or ended within a line.</exception>
    public static async IAsyncEnumerable<WatchItem> ReadAsync(Stream body, [EnumeratorCancellation] CancellationToken ct)
    {
        var pipe = PipeReader.Create(body, new(leaveOpen: true));
        while (true)
        {
            var read = await pipe.ReadAsync(ct);
            var buffer = read.Buffer;
            while (buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = buffer.Slice(0, end).ToArray();
                buffer = buffer.Slice(buffer.GetPosition(1, end));
                if (line.Length > 0)
                {
                    yield return Parse(line);
                }
            }
            pipe.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted)
            {
                if (!buffer.IsEmpty)
                {
                    throw new IOException("the watch ended within an event");
                }
                await pipe.CompleteAsync();
                yield break;
            }
        }
    }

    internal static WatchItem Parse(byte[] line)
    {
        var reader = new Utf8JsonReader(line);
        reader.Read();
        WatchKind? kind = null;
        ReadOnlyMemory<byte> json = default;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("type"u8))
            {
                reader.Read();
                kind = reader.GetString() switch
                {
                    "ADDED" => WatchKind.Added,
                    "MODIFIED" => WatchKind.Modified,
                    "DELETED" => WatchKind.Deleted,
                    "BOOKMARK" => WatchKind.Bookmark,
                    "ERROR" => WatchKind.Error,
                    var other => throw new JsonException($"a watch event of type {other}"),
                };
            }
            else if (reader.ValueTextEquals("object"u8))
            {
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                json = line.AsMemory(start, (int)reader.BytesConsumed - start);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
        return kind is { } known && !json.IsEmpty ? new(known, json) : throw new JsonException("not a watch event");
    }
}
