using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Proa.Client.Streams.Spdy;

/// <summary>
/// Decompresses the header blocks of one direction of one connection. A peer that primes its compressor with no dictionary
/// is understood too. What a hostile block can cost is bounded. Not thread-safe.
/// </summary>
internal sealed unsafe class SpdyHeaderDecoder : IDisposable
{
    private const int MaxPlain = 64 << 10;
    private const int MaxHeaders = 1000;

    private ZLib.State* _state;

    public SpdyHeaderDecoder()
    {
        _state = (ZLib.State*)NativeMemory.AllocZeroed((nuint)sizeof(ZLib.State));
        ZLib.StartInflate(_state);
    }

    ~SpdyHeaderDecoder() => Free();

    /// <exception cref="SpdyException">The block is not what SPDY/3 says.</exception>
    public SpdyHeaders Decode(ReadOnlySpan<byte> block)
    {
        ObjectDisposedException.ThrowIf(_state is null, this);
        var plain = new ArrayBufferWriter<byte>(512);
        fixed (byte* input = block)
        {
            _state->NextIn = input;
            _state->AvailableIn = (uint)block.Length;
            while (true)
            {
                var room = plain.GetSpan(1024);
                int code;
                fixed (byte* to = room)
                {
                    _state->NextOut = to;
                    _state->AvailableOut = (uint)room.Length;
                    code = ZLib.Inflate(_state, ZLib.SyncFlush);
                    plain.Advance(room.Length - (int)_state->AvailableOut);
                }
                if (code == ZLib.NeedDictionary)
                {
                    fixed (byte* dictionary = SpdyDictionary.Bytes)
                    {
                        if (ZLib.SetInflateDictionary(_state, dictionary, (uint)SpdyDictionary.Bytes.Length) != ZLib.Ok)
                        {
                            throw new SpdyException("the header block was compressed with another dictionary");
                        }
                    }
                    continue;
                }
                if (code is not (ZLib.Ok or ZLib.BufferError or ZLib.StreamEnd))
                {
                    throw new SpdyException($"the header block is not valid zlib data ({code})");
                }
                if (plain.WrittenCount > MaxPlain)
                {
                    throw new SpdyException("the header block is larger than 64 KiB");
                }
                if (code != ZLib.Ok || _state->AvailableOut > 0)
                {
                    break;
                }
            }
        }
        return Parse(plain.WrittenSpan);
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private static SpdyHeaders Parse(ReadOnlySpan<byte> plain)
    {
        var count = ReadNumber(ref plain);
        if (count > MaxHeaders)
        {
            throw new SpdyException($"the header block holds {count} headers");
        }
        var headers = new List<KeyValuePair<string, string>>(count);
        for (var i = 0; i < count; i++)
        {
            var name = ReadText(ref plain);
            headers.Add(new(name, ReadText(ref plain)));
        }
        return new(headers);
    }

    private static string ReadText(ref ReadOnlySpan<byte> plain)
    {
        var length = ReadNumber(ref plain);
        if (length > plain.Length)
        {
            throw new SpdyException("the header block ends early");
        }
        var text = Encoding.UTF8.GetString(plain[..length]);
        plain = plain[length..];
        return text;
    }

    private static int ReadNumber(ref ReadOnlySpan<byte> plain)
    {
        if (plain.Length < 4 || BinaryPrimitives.ReadInt32BigEndian(plain) is not (>= 0 and var number))
        {
            throw new SpdyException("the header block ends early");
        }
        plain = plain[4..];
        return number;
    }

    private void Free()
    {
        if (_state is not null)
        {
            _ = ZLib.EndInflate(_state);
            NativeMemory.Free(_state);
            _state = null;
        }
    }
}
