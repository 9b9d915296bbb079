using System.Buffers.Binary;
using System.Numerics;

namespace Proa.Store.Encryption.Ciphers;

/// <summary>The stream cipher Salsa20/20 and the HSalsa20 of its longer nonce: https://cr.yp.to/snuffle/xsalsa-20110204.pdf.</summary>
internal static class Salsa20
{
    public const int BlockLength = 64;

    private static ReadOnlySpan<byte> Constants => "expand 32-byte k"u8;

    /// <summary>The key that XSalsa20 uses for a nonce that begins with these 16 bytes.</summary>
    public static void DeriveKey(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, Span<byte> derived)
    {
        Span<uint> state = stackalloc uint[16];
        Fill(state, key, nonce);
        Rounds(state);
        ReadOnlySpan<int> words = [0, 5, 10, 15, 6, 7, 8, 9];
        for (var i = 0; i < words.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(derived[(i * 4)..], state[words[i]]);
        }
    }

    /// <param name="nonce">8 bytes.</param>
    public static void Block(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ulong counter, Span<byte> block)
    {
        Span<byte> input = stackalloc byte[16];
        nonce.CopyTo(input);
        BinaryPrimitives.WriteUInt64LittleEndian(input[8..], counter);
        Span<uint> start = stackalloc uint[16];
        Fill(start, key, input);
        Span<uint> state = stackalloc uint[16];
        start.CopyTo(state);
        Rounds(state);
        for (var i = 0; i < state.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(block[(i * 4)..], state[i] + start[i]);
        }
    }

    private static void Fill(Span<uint> state, ReadOnlySpan<byte> key, ReadOnlySpan<byte> input)
    {
        for (var i = 0; i < 4; i++)
        {
            state[i * 5] = BinaryPrimitives.ReadUInt32LittleEndian(Constants[(i * 4)..]);
            state[1 + i] = BinaryPrimitives.ReadUInt32LittleEndian(key[(i * 4)..]);
            state[6 + i] = BinaryPrimitives.ReadUInt32LittleEndian(input[(i * 4)..]);
            state[11 + i] = BinaryPrimitives.ReadUInt32LittleEndian(key[(16 + (i * 4))..]);
        }
    }

    private static void Rounds(Span<uint> x)
    {
        for (var round = 0; round < 20; round += 2)
        {
            Quarter(x, 0, 4, 8, 12);
            Quarter(x, 5, 9, 13, 1);
            Quarter(x, 10, 14, 2, 6);
            Quarter(x, 15, 3, 7, 11);
            Quarter(x, 0, 1, 2, 3);
            Quarter(x, 5, 6, 7, 4);
            Quarter(x, 10, 11, 8, 9);
            Quarter(x, 15, 12, 13, 14);
        }
    }

    private static void Quarter(Span<uint> x, int a, int b, int c, int d)
    {
        x[b] ^= BitOperations.RotateLeft(x[a] + x[d], 7);
        x[c] ^= BitOperations.RotateLeft(x[b] + x[a], 9);
        x[d] ^= BitOperations.RotateLeft(x[c] + x[b], 13);
        x[a] ^= BitOperations.RotateLeft(x[d] + x[c], 18);
    }
}
