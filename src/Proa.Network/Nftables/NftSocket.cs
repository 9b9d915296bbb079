using Proa.Network.Netlink;

namespace Proa.Network.Nftables;

/// <summary>Why the kernel refused a transaction.</summary>
internal sealed record NftError(int Errno, uint Sequence, string? Text)
{
    public override string ToString() =>
        $"errno {Errno} ({System.Runtime.InteropServices.Marshal.GetPInvokeErrorMessage(Errno)}) at message {Sequence}{(Text is null ? "" : ": " + Text)}";
}

/// <summary>The kernel's packet filter. Not thread-safe.</summary>
internal sealed class NftSocket : IDisposable
{
    private readonly NetlinkSocket _socket = new(Nft.NetfilterProtocol);

    /// <inheritdoc cref="NetlinkSocket.PortId"/>
    public uint PortId => _socket.PortId;

    /// <returns>Null when all of it holds from now on.</returns>
    public NftError? Commit(NftBatch batch)
    {
        if (batch.IsEmpty)
        {
            return null;
        }
        var (errno, sequence, text) = _socket.Batch(batch.Close());
        return errno == 0 ? null : new NftError(errno, sequence, text);
    }

    /// <summary>Removes a table of the family ip, if it is there.</summary>
    /// <exception cref="NetlinkException">The kernel refuses.</exception>
    public void DeleteTable(string table)
    {
        var batch = new NftBatch(table);
        batch.DeleteTable();
        if (Commit(batch) is { Errno: not NetlinkException.Enoent } error)
        {
            throw new NetlinkException(error.Errno, $"delete the nftables table {table}");
        }
    }

    /// <summary>The elements of a map of a table of the family ip.</summary>
    /// <exception cref="NetlinkException">There is no such map.</exception>
    public List<(byte[] Key, byte[] Value)> Elements(string table, string map)
    {
        var elements = new List<(byte[], byte[])>();
        var writer = new NetlinkWriter();
        writer.Begin(Nft.GetElement, NetlinkWriter.Dump, _socket.NextSequence());
        writer.Struct(new NetfilterHeader { Family = Nft.FamilyInet4 });
        writer.AttrString(1, table);
        writer.AttrString(2, map);
        writer.End();
        var errno = _socket.Query(writer, (type, payload) =>
        {
            if (type == Nft.NewElement && payload.Length > 4)
            {
                ReadElements(payload[4..], elements);
            }
        });
        return errno == 0 ? elements : throw new NetlinkException(errno, $"list the elements of {map}");
    }

    /// <summary>All base chains of the machine that drop what no rule of theirs accepts, as (family, table, chain, hook).</summary>
    public List<(byte Family, string Table, string Chain, NftHook Hook)> DroppingChains()
    {
        var chains = new List<(byte, string, string, NftHook)>();
        var writer = new NetlinkWriter();
        writer.Begin(Nft.GetChain, NetlinkWriter.Dump, _socket.NextSequence());
        writer.Struct(new NetfilterHeader());
        writer.End();
        var errno = _socket.Query(writer, (type, payload) =>
        {
            if (type == Nft.NewChain && payload.Length >= 4 && Read(payload) is { } chain)
            {
                chains.Add(chain);
            }
        });
        return errno == 0 ? chains : throw new NetlinkException(errno, "list the nftables chains");
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>The list is attribute 3, an element 1, in it the key 1 and the value 2, in both the bytes 1.</summary>
    private static void ReadElements(ReadOnlySpan<byte> payload, List<(byte[], byte[])> into)
    {
        var attributes = new AttributeReader(payload);
        while (attributes.Next())
        {
            var list = attributes.Type == 3 ? attributes.Nested : default;
            while (list.Next())
            {
                byte[] key = [], value = [];
                var element = list.Nested;
                while (element.Next())
                {
                    var data = element.Nested;
                    if (element.Type is 1 or 2 && data.Next())
                    {
                        (key, value) = element.Type == 1 ? (data.Value.ToArray(), value) : (key, data.Value.ToArray());
                    }
                }
                into.Add((key, value));
            }
        }
    }

    private static (byte, string, string, NftHook)? Read(ReadOnlySpan<byte> payload)
    {
        string table = "", name = "";
        NftHook? hook = null;
        var policy = (uint)Nft.Accept;
        var attributes = new AttributeReader(payload[4..]);
        while (attributes.Next())
        {
            switch (attributes.Type)
            {
                case 1:
                    table = attributes.Text;
                    break;
                case 3:
                    name = attributes.Text;
                    break;
                case 4:
                    var nested = attributes.Nested;
                    while (nested.Next())
                    {
                        hook = nested.Type == 1 ? (NftHook)nested.Be32 : hook;
                    }
                    break;
                case 5:
                    policy = attributes.Be32;
                    break;
            }
        }
        return hook is { } h && policy == Nft.Drop ? (payload[0], table, name, h) : null;
    }
}
