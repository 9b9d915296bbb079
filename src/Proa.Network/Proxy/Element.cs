using System.Buffers.Binary;
using System.Net;
using Proa.Network.Nftables;

namespace Proa.Network.Proxy;

/// <summary>The sets and maps of the cluster's table; see docs/networking.md.</summary>
internal enum ElementSet : byte
{
    /// <summary>Frontend → the chain for its number of backends.</summary>
    Services,

    /// <summary>Frontend and a number → backend.</summary>
    Endpoints,

    /// <summary>Frontend with affinity and a number → the backend's address, as a number to remember it by.</summary>
    Picks,

    /// <summary>Frontend with affinity and what is remembered → backend.</summary>
    Sticky,

    /// <summary>Frontend → the verdict on its connections when it has no backend.</summary>
    Refusals,

    /// <summary>Pod address twice: a pod that reached itself through a Service must see another source.</summary>
    Hairpin,

    /// <summary>Backends outside the pod range: their answers must come back here.</summary>
    Remote,
}

/// <summary>One element of a set or map, key and value: two are the same when the kernel needs no change.</summary>
/// <param name="Number">Services: how many backends; Endpoints: which one; Refusals: <see cref="Absence"/>.</param>
/// <param name="Seconds">Services: affinity.</param>
internal readonly record struct Element(
    ElementSet Set, FrontendKey Frontend, uint Number = 0, int Seconds = 0, Backend Backend = default)
{
    private const int MaximumKey = 20;

    /// <summary>The elements of a frontend that are its own.</summary>
    public static void Own(Frontend frontend, List<Element> into)
    {
        if (frontend.Backends.Count == 0)
        {
            into.Add(new Element(ElementSet.Refusals, frontend.Key, (uint)frontend.Absence));
            return;
        }
        into.Add(new Element(ElementSet.Services, frontend.Key, (uint)frontend.Backends.Count, frontend.AffinitySeconds));
        for (var i = 0; i < frontend.Backends.Count; i++)
        {
            into.Add(new Element(ElementSet.Endpoints, frontend.Key, (uint)i, 0, frontend.Backends[i]));
            if (frontend.AffinitySeconds > 0)
            {
                Remembered(frontend, i, into);
            }
        }
    }

    private static void Remembered(Frontend frontend, int number, List<Element> into)
    {
        var backend = frontend.Backends[number];
        into.Add(new Element(ElementSet.Picks, frontend.Key, (uint)number, 0, backend with { Port = 0 }));
        for (var i = 0; i < number; i++)
        {
            if (frontend.Backends[i].Address == backend.Address)
            {
                // Two ports of one address: a client is bound to the address, and gets the first.
                return;
            }
        }
        into.Add(new Element(ElementSet.Sticky, frontend.Key, 0, 0, backend));
    }

    /// <summary>The elements that a frontend has together with others, one for each backend.</summary>
    public static void Shared(Frontend frontend, IPNetwork podRange, List<Element> into)
    {
        foreach (var backend in frontend.Backends)
        {
            into.Add(backend.Address.In(podRange)
                ? new Element(ElementSet.Hairpin, default, Backend: new Backend(backend.Address, 0))
                : new Element(ElementSet.Remote, new FrontendKey(backend.Address, frontend.Key.Protocol, backend.Port)));
        }
    }

    /// <summary>Of an element of <see cref="ElementSet.Services"/>: where it goes to.</summary>
    public BackendChain Chain => new(Frontend.OnAllAddresses, (int)Number, Seconds);

    public void Write(NftBatch batch, bool add)
    {
        Span<byte> key = stackalloc byte[MaximumKey];
        Span<byte> value = stackalloc byte[8];
        value.Clear();
        var sets = FrontendSets.Of(Frontend.OnAllAddresses);
        switch (Set)
        {
            case ElementSet.Services:
                batch.Element(add, sets.Services, WriteFrontend(key), Nft.Goto, add ? Chain.Name : null);
                break;
            case ElementSet.Endpoints:
                WriteBackend(value);
                batch.Element(add, sets.Endpoints, WriteNumbered(key, Number), value);
                break;
            case ElementSet.Picks:
                BinaryPrimitives.WriteUInt32LittleEndian(value, Backend.Address.Value);
                batch.Element(add, sets.Picks, WriteNumbered(key, Number), value[..4]);
                break;
            case ElementSet.Sticky:
                WriteBackend(value);
                batch.Element(add, sets.Sticky, WriteNumbered(key, Backend.Address.Value), value);
                break;
            case ElementSet.Refusals:
                var drop = Number == (uint)Absence.Drop;
                batch.Element(add, sets.Refusals, WriteFrontend(key), drop ? Nft.Drop : Nft.Goto, drop ? null : Ruleset.Refuse);
                break;
            case ElementSet.Hairpin:
                Backend.Address.Write(key);
                Backend.Address.Write(key[4..]);
                batch.Element(add, Ruleset.Hairpin, key[..8]);
                break;
            case ElementSet.Remote:
                batch.Element(add, Ruleset.Remote, WriteFrontend(key));
                break;
        }
    }

    private void WriteBackend(Span<byte> bytes)
    {
        Backend.Address.Write(bytes);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[4..], Backend.Port);
    }

    private Span<byte> WriteNumbered(Span<byte> key, uint number)
    {
        var length = WriteFrontend(key).Length;
        BinaryPrimitives.WriteUInt32LittleEndian(key[length..], number);
        return key[..(length + 4)];
    }

    /// <returns>The part that was written.</returns>
    private Span<byte> WriteFrontend(Span<byte> key)
    {
        key.Clear();
        var rest = key;
        if (!Frontend.OnAllAddresses)
        {
            Frontend.Address.Write(key);
            rest = key[4..];
        }
        rest[0] = Frontend.Protocol;
        BinaryPrimitives.WriteUInt16BigEndian(rest[4..], Frontend.Port);
        return key[..(Frontend.OnAllAddresses ? 8 : 12)];
    }
}

/// <summary>A chain that sends a connection to one of N backends; all frontends with N backends share it.</summary>
internal readonly record struct BackendChain(bool OnAllAddresses, int Backends, int Seconds)
{
    public string Name => $"{(OnAllAddresses ? "port" : "address")}_{Backends}{(Seconds > 0 ? $"_{Seconds}s" : "")}";

    /// <summary>The chain without affinity.</summary>
    public BackendChain WithoutAffinity() => this with { Seconds = 0 };
}
