using System.Buffers.Binary;
using System.Net;

namespace Proa.Cluster;

internal static class Ranges
{
    /// <summary>The n-th address of an IPv4 range.</summary>
    public static IPAddress Nth(string range, uint n)
    {
        Span<byte> bytes = stackalloc byte[4];
        IPNetwork.Parse(range).BaseAddress.TryWriteBytes(bytes, out _);
        BinaryPrimitives.WriteUInt32BigEndian(bytes, BinaryPrimitives.ReadUInt32BigEndian(bytes) + n);
        return new IPAddress(bytes);
    }
}
