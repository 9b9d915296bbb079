using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Proa.Client.Streams.Spdy;

/// <summary>Compresses the header blocks of one direction of one connection, which share one zlib stream. Not thread-safe.</summary>
internal sealed unsafe class SpdyHeaderEncoder : IDisposable
{
    private ZLib.State* _state;

    public SpdyHeaderEncoder()
    {
        _state = (ZLib.State*)NativeMemory.AllocZeroed((nuint)sizeof(ZLib.State));
        ZLib.StartDeflate(_state);
        fixed (byte* dictionary = SpdyDictionary.Bytes)
        {
            if (ZLib.SetDeflateDictionary(_state, dictionary, (uint)SpdyDictionary.Bytes.Length) != ZLib.Ok)
            {
                throw new InvalidOperationException("zlib refused the dictionary");
            }
        }
    }

    ~SpdyHeaderEncoder() => Free();

    public void Encode(IReadOnlyList<KeyValuePair<string, string>> headers, IBufferWriter<byte> output)
    {
        ObjectDisposedException.ThrowIf(_state is null, this);
        var plain = new ArrayBufferWriter<byte>(256);
        WriteNumber(plain, headers.Count);
        foreach (var (name, value) in headers)
        {
            WriteText(plain, name.ToLowerInvariant());
            WriteText(plain, value);
        }
        fixed (byte* input = plain.WrittenSpan)
        {
            _state->NextIn = input;
            _state->AvailableIn = (uint)plain.WrittenCount;
            do
            {
                var room = output.GetSpan(1024);
                fixed (byte* to = room)
                {
                    _state->NextOut = to;
                    _state->AvailableOut = (uint)room.Length;
                    var code = ZLib.Deflate(_state, ZLib.SyncFlush);
                    if (code is not (ZLib.Ok or ZLib.BufferError))
                    {
                        throw new InvalidOperationException($"zlib's deflate answered {code}");
                    }
                    output.Advance(room.Length - (int)_state->AvailableOut);
                }
            }
            while (_state->AvailableOut == 0);
        }
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        if (_state is not null)
        {
            _ = ZLib.EndDeflate(_state);
            NativeMemory.Free(_state);
            _state = null;
        }
    }

    private static void WriteNumber(ArrayBufferWriter<byte> to, int number)
    {
        BinaryPrimitives.WriteInt32BigEndian(to.GetSpan(4), number);
        to.Advance(4);
    }

    private static void WriteText(ArrayBufferWriter<byte> to, string text)
    {
        WriteNumber(to, Encoding.UTF8.GetByteCount(text));
        to.Advance(Encoding.UTF8.GetBytes(text, to.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length))));
    }
}
