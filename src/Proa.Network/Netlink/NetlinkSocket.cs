using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Proa.Network.Netlink;

/// <summary>A message of a dump: its type and what follows the netlink header.</summary>
internal delegate void NetlinkHandler(ushort type, ReadOnlySpan<byte> payload);

/// <summary>
/// A netlink socket for requests and their answers. The kernel works a request off inside the send, so that the answer is
/// there when it returns: nothing here waits for long. Not thread-safe. It belongs to the network namespace in which it
/// was made.
/// </summary>
internal sealed unsafe class NetlinkSocket : SafeHandle
{
    private const ushort TypeError = 2;
    private const ushort TypeDone = 3;
    private const ushort FlagMulti = 2;
    private const ushort FlagAckTlvs = 0x200;

    private readonly byte[] _buffer = new byte[64 * 1024];
    private uint _sequence;

    /// <param name="protocol">0 for routes and links, 12 for netfilter.</param>
    /// <exception cref="NetlinkException">No socket could be had.</exception>
    public NetlinkSocket(int protocol, params ReadOnlySpan<uint> groups) : base(-1, ownsHandle: true)
    {
        var fd = Libc.Socket(Libc.AfNetlink, Libc.SockRaw | Libc.SockCloexec, protocol);
        if (fd < 0)
        {
            throw Failed("open a netlink socket");
        }
        SetHandle(fd);
        var address = stackalloc byte[12];
        new Span<byte>(address, 12).Clear();
        address[0] = Libc.AfNetlink;
        if (Libc.Bind(fd, address, 12) < 0)
        {
            throw Failed("bind a netlink socket");
        }
        var length = 12u;
        PortId = Libc.GetSockName(fd, address, &length) == 0 ? *(uint*)(address + 4) : 0;
        Option(Libc.SolNetlink, Libc.NetlinkCapAck, 1);
        Option(Libc.SolNetlink, Libc.NetlinkExtAck, 1);
        Option(Libc.SolNetlink, Libc.NetlinkGetStrictCheck, 1);
        Option(Libc.SolSocket, Libc.SoRcvBufForce, 4 << 20);
        foreach (var group in groups)
        {
            Option(Libc.SolNetlink, Libc.NetlinkAddMembership, (int)group);
        }
    }

    /// <summary>A socket that hears what the kernel tells a multicast group, to be read asynchronously.</summary>
    public static Socket Listen(int protocol, uint group)
    {
        using var socket = new NetlinkSocket(protocol, group);
        var listening = new Socket(new SafeSocketHandle(socket.handle, ownsHandle: true));
        socket.SetHandleAsInvalid();
        return listening;
    }

    /// <summary>The number by which the kernel names this socket, also to others that listen.</summary>
    public uint PortId { get; }

    public override bool IsInvalid => handle == -1;

    /// <summary>The last sequence number handed out.</summary>
    public uint NextSequence() => ++_sequence;

    /// <summary>Sends one request (with the flag <see cref="NetlinkWriter.Ack"/>) and waits for its acknowledgement.</summary>
    /// <returns>0, or the errno with which the kernel refused.</returns>
    public int Request(NetlinkWriter message) => Exchange(message, null);

    /// <summary>Sends a request whose answer is one or many messages.</summary>
    /// <returns>0, or the errno with which the kernel refused.</returns>
    public int Query(NetlinkWriter message, NetlinkHandler handler) => Exchange(message, handler);

    private int Exchange(NetlinkWriter message, NetlinkHandler? handler)
    {
        Send(message.Written);
        var error = 0;
        while (true)
        {
            var count = Receive(wait: true);
            if (Walk(count, handler, ref error))
            {
                return error;
            }
        }
    }

    /// <summary>Sends a batch and reads all that the kernel has to say about it.</summary>
    /// <returns>0, or the first errno, with the sequence number of the message that it is about.</returns>
    public (int Errno, uint Sequence, string? Text) Batch(ReadOnlySpan<byte> messages)
    {
        if (messages.Length > 100_000)
        {
            Option(Libc.SolSocket, Libc.SoSndBufForce, messages.Length + 4096);
        }
        Send(messages);
        var result = (Errno: 0, Sequence: 0u, Text: (string?)null);
        while (true)
        {
            var count = Receive(wait: false);
            if (count < 0)
            {
                return result;
            }
            var rest = _buffer.AsSpan(0, count);
            while (rest.Length >= 16)
            {
                var length = BinaryPrimitives.ReadInt32LittleEndian(rest);
                if (length < 16 || length > rest.Length)
                {
                    break;
                }
                if (BinaryPrimitives.ReadUInt16LittleEndian(rest[4..]) == TypeError && result.Errno == 0)
                {
                    var errno = -BinaryPrimitives.ReadInt32LittleEndian(rest[16..]);
                    if (errno != 0)
                    {
                        result = (errno, BinaryPrimitives.ReadUInt32LittleEndian(rest[8..]), ErrorText(rest[..length]));
                    }
                }
                rest = rest[Math.Min((length + 3) & ~3, rest.Length)..];
            }
        }
    }

    public void Send(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* pointer = bytes)
        {
            while (Libc.Send((int)handle, pointer, (nuint)bytes.Length, 0) < 0)
            {
                if (Marshal.GetLastPInvokeError() != Libc.Eintr)
                {
                    throw Failed("send to the kernel");
                }
            }
        }
    }

    protected override bool ReleaseHandle()
    {
        using var file = new Microsoft.Win32.SafeHandles.SafeFileHandle(handle, ownsHandle: true);
        return true;
    }

    /// <returns>True when the answer is complete.</returns>
    private bool Walk(int count, NetlinkHandler? handler, ref int error)
    {
        var rest = _buffer.AsSpan(0, count);
        while (rest.Length >= 16)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(rest);
            if (length < 16 || length > rest.Length)
            {
                return true;
            }
            var type = BinaryPrimitives.ReadUInt16LittleEndian(rest[4..]);
            var flags = BinaryPrimitives.ReadUInt16LittleEndian(rest[6..]);
            if (BinaryPrimitives.ReadUInt32LittleEndian(rest[8..]) == _sequence)
            {
                if (type is TypeError or TypeDone)
                {
                    error = length >= 20 ? -BinaryPrimitives.ReadInt32LittleEndian(rest[16..]) : 0;
                    return true;
                }
                handler?.Invoke(type, rest[16..length]);
                if ((flags & FlagMulti) == 0 && handler is not null)
                {
                    return true;
                }
            }
            rest = rest[Math.Min((length + 3) & ~3, rest.Length)..];
        }
        return false;
    }

    /// <summary>The kernel's own words, where it has any: attribute 1 after the echoed header.</summary>
    private static string? ErrorText(ReadOnlySpan<byte> message)
    {
        if ((BinaryPrimitives.ReadUInt16LittleEndian(message[6..]) & FlagAckTlvs) == 0 || message.Length <= 36)
        {
            return null;
        }
        var attributes = new AttributeReader(message[36..]);
        while (attributes.Next())
        {
            if (attributes.Type == 1)
            {
                return attributes.Text;
            }
        }
        return null;
    }

    /// <returns>The number of bytes, or -1 when nothing is there and there was no waiting.</returns>
    private int Receive(bool wait)
    {
        fixed (byte* pointer = _buffer)
        {
            while (true)
            {
                var count = (int)Libc.Receive((int)handle, pointer, (nuint)_buffer.Length, wait ? 0 : Libc.MsgDontWait);
                if (count >= 0)
                {
                    return count;
                }
                var errno = Marshal.GetLastPInvokeError();
                if (errno == Libc.Eagain && !wait)
                {
                    return -1;
                }
                if (errno != Libc.Eintr)
                {
                    throw new NetlinkException(errno, "receive from the kernel");
                }
            }
        }
    }

    private void Option(int level, int option, int value)
    {
        // An option that an older kernel lacks only costs detail in an error.
        _ = Libc.SetSockOpt((int)handle, level, option, &value, sizeof(int));
    }

    private static NetlinkException Failed(string what) => new(Marshal.GetLastPInvokeError(), what);
}
