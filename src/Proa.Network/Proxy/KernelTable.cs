using System.Buffers.Binary;
using Proa.Network.Netlink;
using Proa.Network.Nftables;

namespace Proa.Network.Proxy;

/// <summary>The cluster's table in the kernel. What it is told is in force when the call returns. Not thread-safe.</summary>
internal sealed class KernelTable(NetworkOptions options) : IDisposable
{
    private static readonly ElementSet[] s_sets = Enum.GetValues<ElementSet>();

    private readonly NftSocket _socket = new();
    private readonly HashSet<BackendChain> _chains = [];
    private NftBatch _batch = new(options.TableName);

    /// <inheritdoc cref="NftSocket.PortId"/>
    public uint PortId => _socket.PortId;

    /// <summary>Makes the table anew with these elements, in one transaction: no packet sees it missing.</summary>
    public NftError? Rebuild(ElementChange everything)
    {
        _batch.Clear();
        _chains.Clear();
        Ruleset.Write(_batch, options);
        var error = Commit(everything);
        // The first fill of a large cluster takes megabytes; changes take hundreds of bytes.
        if (_batch.Length > 1 << 20)
        {
            _batch = new NftBatch(options.TableName);
        }
        return error;
    }

    /// <summary>Changes elements, in one transaction.</summary>
    public NftError? Apply(ElementChange change)
    {
        _batch.Clear();
        return Commit(change);
    }

    /// <summary>Removes what clients are bound to that is no backend any more.</summary>
    /// <param name="changed">The frontends to look at.</param>
    /// <exception cref="NetlinkException">The kernel refuses.</exception>
    public void ForgetClients(IReadOnlySet<FrontendKey> changed, Func<FrontendKey, Frontend?> current)
    {
        foreach (var sets in (FrontendSets[])[FrontendSets.ByAddress, FrontendSets.ByPort])
        {
            if (!changed.Any(k => k.OnAllAddresses == (sets == FrontendSets.ByPort)))
            {
                continue;
            }
            foreach (var (key, value) in _socket.Elements(options.TableName, sets.Affinity))
            {
                var frontend = ReadFrontend(key, sets);
                var backend = new Ip4(BinaryPrimitives.ReadUInt32LittleEndian(value));
                if (changed.Contains(frontend) && current(frontend)?.Backends.Any(b => b.Address == backend) != true)
                {
                    // One at a time: one that ends meanwhile by itself must not keep the others.
                    _batch.Clear();
                    _batch.Element(add: false, sets.Affinity, key);
                    if (_socket.Commit(_batch) is { Errno: not NetlinkException.Enoent } error)
                    {
                        throw new NetlinkException(error.Errno, "forget a client's backend");
                    }
                }
            }
        }
    }

    /// <summary>The key of the affinity map: the client's address, then the frontend.</summary>
    private static FrontendKey ReadFrontend(ReadOnlySpan<byte> key, FrontendSets sets)
    {
        var rest = key[4..];
        var address = Ip4.Any;
        if (sets == FrontendSets.ByAddress)
        {
            address = Ip4.Read(rest);
            rest = rest[4..];
        }
        return new FrontendKey(address, rest[0], BinaryPrimitives.ReadUInt16BigEndian(rest[4..]));
    }

    public void Dispose() => _socket.Dispose();

    private NftError? Commit(ElementChange change)
    {
        Write(change.Removed, add: false);
        foreach (var element in change.Added)
        {
            if (element.Set == ElementSet.Services)
            {
                Need(element.Chain);
            }
        }
        Write(change.Added, add: true);
        var error = _socket.Commit(_batch);
        if (error is not null)
        {
            // Which of the chains are there is not known any more; only a rebuild makes sense after this.
            _chains.Clear();
        }
        return error;
    }

    private void Write(HashSet<Element> elements, bool add)
    {
        if (elements.Count == 0)
        {
            return;
        }
        // By set, so that many go into one message.
        foreach (var set in s_sets)
        {
            foreach (var element in elements)
            {
                if (element.Set == set)
                {
                    element.Write(_batch, add);
                }
            }
        }
    }

    private void Need(BackendChain chain)
    {
        if (!_chains.Add(chain))
        {
            return;
        }
        if (chain.Seconds > 0)
        {
            Need(chain.WithoutAffinity());
        }
        Ruleset.WriteChain(_batch, chain);
    }
}
