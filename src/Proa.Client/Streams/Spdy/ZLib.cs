using System.Runtime.InteropServices;

namespace Proa.Client.Streams.Spdy;

/// <summary>The system's zlib, since the base class library offers no preset dictionaries.</summary>
internal static unsafe partial class ZLib
{
    public const int Ok = 0;
    public const int StreamEnd = 1;
    public const int NeedDictionary = 2;
    public const int BufferError = -5;
    public const int SyncFlush = 2;
    private const string Library = "libz.so.1";
    private const int DefaultLevel = -1;
    private const int Deflated = 8;
    private const int DefaultMemory = 8;

    // A small window keeps a connection's two compressors at some 40 KB; header blocks are a few hundred bytes.
    private const int CompressWindow = 11;
    private const int MaxWindow = 15;

    public static void StartDeflate(State* state) => Check(
        deflateInit2_(state, DefaultLevel, Deflated, CompressWindow, DefaultMemory, 0, "1.2.11", sizeof(State)), "deflateInit2");

    public static void StartInflate(State* state) => Check(inflateInit2_(state, MaxWindow, "1.2.11", sizeof(State)), "inflateInit2");

    private static void Check(int code, string call)
    {
        if (code != Ok)
        {
            throw new InvalidOperationException($"zlib's {call} answered {code}");
        }
    }

    [LibraryImport(Library, EntryPoint = "deflate")]
    public static partial int Deflate(State* state, int flush);

    [LibraryImport(Library, EntryPoint = "inflate")]
    public static partial int Inflate(State* state, int flush);

    [LibraryImport(Library, EntryPoint = "deflateEnd")]
    public static partial int EndDeflate(State* state);

    [LibraryImport(Library, EntryPoint = "inflateEnd")]
    public static partial int EndInflate(State* state);

    [LibraryImport(Library, EntryPoint = "deflateSetDictionary")]
    public static partial int SetDeflateDictionary(State* state, byte* dictionary, uint length);

    [LibraryImport(Library, EntryPoint = "inflateSetDictionary")]
    public static partial int SetInflateDictionary(State* state, byte* dictionary, uint length);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int deflateInit2_(State* state, int level, int method, int windowBits, int memLevel, int strategy, string version, int size);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int inflateInit2_(State* state, int windowBits, string version, int size);

    /// <summary>zlib's <c>z_stream</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct State
    {
        public byte* NextIn;
        public uint AvailableIn;
        public nuint TotalIn;
        public byte* NextOut;
        public uint AvailableOut;
        public nuint TotalOut;
        public byte* Message;
        public nint Internal;
        public nint Allocate;
        public nint Free;
        public nint Opaque;
        public int DataType;
        public nuint Adler;
        public nuint Reserved;
    }
}
