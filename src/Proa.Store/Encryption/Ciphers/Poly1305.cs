using System.Buffers.Binary;

namespace Proa.Store.Encryption.Ciphers;

/// <summary>The one-time authenticator Poly1305: RFC 8439, section 2.5. In limbs of 44, 44 and 42 bits.</summary>
internal static class Poly1305
{
    public const int TagLength = 16;

    private const ulong Mask44 = (1UL << 44) - 1;
    private const ulong Mask42 = (1UL << 42) - 1;

    /// <param name="key">32 bytes, used for this message alone.</param>
    public static void Tag(ReadOnlySpan<byte> key, ReadOnlySpan<byte> message, Span<byte> tag)
    {
        var t0 = BinaryPrimitives.ReadUInt64LittleEndian(key);
        var t1 = BinaryPrimitives.ReadUInt64LittleEndian(key[8..]);
        var r0 = t0 & 0xffc0fffffff;
        var r1 = ((t0 >> 44) | (t1 << 20)) & 0xfffffc0ffff;
        var r2 = (t1 >> 24) & 0x00ffffffc0f;
        var (s1, s2) = (r1 * 20, r2 * 20);
        ulong h0 = 0, h1 = 0, h2 = 0;
        Span<byte> block = stackalloc byte[16];
        while (!message.IsEmpty)
        {
            var top = 1UL << 40;
            var part = message[..Math.Min(16, message.Length)];
            if (part.Length < 16)
            {
                block.Clear();
                part.CopyTo(block);
                block[part.Length] = 1;
                top = 0;
            }
            else
            {
                part.CopyTo(block);
            }
            message = message[part.Length..];
            t0 = BinaryPrimitives.ReadUInt64LittleEndian(block);
            t1 = BinaryPrimitives.ReadUInt64LittleEndian(block[8..]);
            h0 += t0 & Mask44;
            h1 += ((t0 >> 44) | (t1 << 20)) & Mask44;
            h2 += ((t1 >> 24) & Mask42) | top;
            var d0 = ((UInt128)h0 * r0) + ((UInt128)h1 * s2) + ((UInt128)h2 * s1);
            var d1 = ((UInt128)h0 * r1) + ((UInt128)h1 * r0) + ((UInt128)h2 * s2);
            var d2 = ((UInt128)h0 * r2) + ((UInt128)h1 * r1) + ((UInt128)h2 * r0);
            h0 = (ulong)d0 & Mask44;
            d1 += (ulong)(d0 >> 44);
            h1 = (ulong)d1 & Mask44;
            d2 += (ulong)(d1 >> 44);
            h2 = (ulong)d2 & Mask42;
            h0 += (ulong)(d2 >> 42) * 5;
            h1 += h0 >> 44;
            h0 &= Mask44;
        }
        Finish(h0, h1, h2, key[16..], tag);
    }

    private static void Finish(ulong h0, ulong h1, ulong h2, ReadOnlySpan<byte> pad, Span<byte> tag)
    {
        for (var pass = 0; pass < 2; pass++)
        {
            h2 += h1 >> 44;
            h1 &= Mask44;
            h0 += (h2 >> 42) * 5;
            h2 &= Mask42;
            h1 += h0 >> 44;
            h0 &= Mask44;
        }
        h2 += h1 >> 44;
        h1 &= Mask44;
        // Modulo 2^130 - 5, without a branch on the secret.
        var g0 = h0 + 5;
        var g1 = h1 + (g0 >> 44);
        g0 &= Mask44;
        var g2 = h2 + (g1 >> 44) - (1UL << 42);
        g1 &= Mask44;
        var take = (g2 >> 63) - 1;
        h0 = (h0 & ~take) | (g0 & take);
        h1 = (h1 & ~take) | (g1 & take);
        h2 = (h2 & ~take) | (g2 & take);
        var sum = (UInt128)(h0 | (h1 << 44)) + BinaryPrimitives.ReadUInt64LittleEndian(pad);
        BinaryPrimitives.WriteUInt64LittleEndian(tag, (ulong)sum);
        BinaryPrimitives.WriteUInt64LittleEndian(tag[8..], ((h1 >> 20) | (h2 << 24)) + BinaryPrimitives.ReadUInt64LittleEndian(pad[8..]) + (ulong)(sum >> 64));
    }
}
