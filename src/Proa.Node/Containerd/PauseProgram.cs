using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Proa.Node.Containerd;

/// <summary>
/// The program that holds a sandbox's namespaces: it waits for ever, and lets the kernel reap children (SIGCHLD ignored),
/// which matters when a pod shares one process namespace. Written here as an ELF file with one segment, so that no image
/// has to be fetched.
/// </summary>
internal static class PauseProgram
{
    private const int HeaderSize = 64 + 56;
    private const ulong Base = 0x400000;

    /// <exception cref="PlatformNotSupportedException">Neither x64 nor arm64.</exception>
    public static byte[] For(Architecture architecture) => architecture switch
    {
        Architecture.X64 => Elf(62, X64()),
        Architecture.Arm64 => Elf(183, Arm64()),
        _ => throw new PlatformNotSupportedException($"no pause program for {architecture}"),
    };

    private static byte[] X64() =>
    [
        0xB8, 13, 0, 0, 0, // mov eax, SYS_rt_sigaction
        0xBF, 17, 0, 0, 0, // mov edi, SIGCHLD
        0x48, 0x8D, 0x35, 0x13, 0, 0, 0, // lea rsi, [rip + 19]: the structure below
        0x31, 0xD2, // xor edx, edx
        0x41, 0xBA, 8, 0, 0, 0, // mov r10d, 8
        0x0F, 0x05, // syscall
        0xB8, 34, 0, 0, 0, // mov eax, SYS_pause
        0x0F, 0x05, // syscall
        0xEB, 0xF7, // jmp to SYS_pause
        0, 0, // alignment of the structure
        1, 0, 0, 0, 0, 0, 0, 0, // handler: SIG_IGN
        0, 0, 0, 0, 0, 0, 0, 0, // flags
        0, 0, 0, 0, 0, 0, 0, 0, // restorer
        0, 0, 0, 0, 0, 0, 0, 0, // mask
    ];

    private static byte[] Arm64()
    {
        uint[] code =
        [
            Move(0, 17), // SIGCHLD
            0x10000000 | (((12 * 4) >> 2) << 5) | 1, // adr x1, the structure below, 12 instructions on
            Move(2, 0),
            Move(3, 8),
            Move(8, 134), // rt_sigaction
            0xD4000001, // svc
            Move(0, 0),
            Move(1, 0),
            Move(2, 0),
            Move(3, 0),
            Move(8, 73), // ppoll of nothing, without end
            0xD4000001,
            0x14000000 | (unchecked((uint)-6) & 0x3FFFFFF), // b to the first of the five moves
        ];
        var bytes = new byte[(code.Length * 4) + 32];
        for (var i = 0; i < code.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(i * 4), code[i]);
        }
        bytes[code.Length * 4] = 1;
        return bytes;

        static uint Move(uint register, uint value) => 0xD2800000 | (value << 5) | register;
    }

    private static byte[] Elf(ushort machine, byte[] code)
    {
        var file = new byte[HeaderSize + code.Length];
        var span = file.AsSpan();
        "\u007fELF"u8.CopyTo(span);
        file[4] = 2; // 64 bits
        file[5] = 1; // little-endian
        file[6] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(span[16..], 2); // executable
        BinaryPrimitives.WriteUInt16LittleEndian(span[18..], machine);
        BinaryPrimitives.WriteUInt32LittleEndian(span[20..], 1);
        BinaryPrimitives.WriteUInt64LittleEndian(span[24..], Base + HeaderSize); // entry
        BinaryPrimitives.WriteUInt64LittleEndian(span[32..], 64); // program headers
        BinaryPrimitives.WriteUInt16LittleEndian(span[52..], 64);
        BinaryPrimitives.WriteUInt16LittleEndian(span[54..], 56);
        BinaryPrimitives.WriteUInt16LittleEndian(span[56..], 1);
        var segment = span[64..];
        BinaryPrimitives.WriteUInt32LittleEndian(segment, 1); // load
        BinaryPrimitives.WriteUInt32LittleEndian(segment[4..], 5); // read, execute
        BinaryPrimitives.WriteUInt64LittleEndian(segment[16..], Base);
        BinaryPrimitives.WriteUInt64LittleEndian(segment[24..], Base);
        BinaryPrimitives.WriteUInt64LittleEndian(segment[32..], (ulong)file.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(segment[40..], (ulong)file.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(segment[48..], 0x1000);
        code.CopyTo(span[HeaderSize..]);
        return file;
    }
}
