using System.Buffers.Binary;
using System.Net;
using Proa.Api.Json;
using Proa.Store;

namespace Proa.ApiServer.Services;

/// <summary>
/// Hands out Service addresses and node ports. What is taken is always derived from the Services that exist, followed by a
/// watch that is read before each decision; what is given to writes under way is kept until they are over. Thread-safe.
/// </summary>
internal sealed class ServiceAllocator
{
    private readonly IObjectStore _store;
    private readonly Random _random;
    private readonly Lock _gate = new();
    private readonly Dictionary<ObjectKey, string[]> _held = [];
    private readonly Dictionary<string, int> _taken = new(StringComparer.Ordinal);
    private readonly HashSet<string> _reserved = new(StringComparer.Ordinal);
    private readonly ServiceClaims? _claims;
    private readonly uint _base;
    private readonly uint _size;
    private IStoreWatch? _watch;

    /// <param name="claims">What other servers have taken; null: there are none.</param>
    public ServiceAllocator(ApiServerOptions options, ServiceClaims? claims)
    {
        _claims = claims;
        _store = options.Store;
        _random = options.Random;
        Range = options.ServiceRange;
        (FirstPort, LastPort) = (options.NodePortFirst, options.NodePortLast);
        var network = IPNetwork.Parse(options.ServiceRange);
        _base = ToNumber(network.BaseAddress);
        _size = network.PrefixLength == 0 ? uint.MaxValue : 1u << (32 - network.PrefixLength);
    }

    public string Range { get; }

    public int FirstPort { get; }

    public int LastPort { get; }

    public bool Contains(IPAddress address)
    {
        if (address.AddressFamily != System.Net.Sockets.AddressFamily.InterNetwork)
        {
            return false;
        }
        var offset = ToNumber(address) - _base;
        // Neither the network's own address nor its broadcast.
        return offset > 0 && offset < _size - 1;
    }

    /// <summary>Takes what was asked for by name: an address as text, or <c>TCP/30080</c>.</summary>
    /// <returns>False: someone has it.</returns>
    public bool TryReserve(string what, ObjectKey owner)
    {
        lock (_gate)
        {
            CatchUp();
            return !_taken.ContainsKey(what) && _claims?.IsTaken(what, owner) != true && _reserved.Add(what);
        }
    }

    /// <summary>An address that is free; null when the range is used up.</summary>
    public string? ReserveAddress()
    {
        lock (_gate)
        {
            CatchUp();
            // The lowest addresses are left to those who ask for one by name.
            var low = Math.Min(Math.Max(16, _size / 16), 256);
            var (from, count) = _size > low + 1 ? (low, _size - low - 1) : (1u, Math.Max(_size, 2) - 2);
            return Pick(from, count) ?? (_size > low + 1 ? Pick(1, low - 1) : null);
        }
    }

    /// <summary>A port that is free for all the protocols; 0 when none is.</summary>
    public int ReservePort(IReadOnlyList<string> protocols)
    {
        lock (_gate)
        {
            CatchUp();
            var count = LastPort - FirstPort + 1;
            var start = _random.Next(count);
            for (var i = 0; i < count; i++)
            {
                var port = FirstPort + (start + i) % count;
                if (protocols.All(protocol => IsFree($"{protocol}/{port}")))
                {
                    foreach (var protocol in protocols)
                    {
                        _reserved.Add($"{protocol}/{port}");
                    }
                    return port;
                }
            }
            return 0;
        }
    }

    /// <summary>The write that reserved is over: what it committed is seen among the Services now.</summary>
    public void Release(IReadOnlyList<string> reserved)
    {
        lock (_gate)
        {
            CatchUp();
            foreach (var what in reserved)
            {
                _reserved.Remove(what);
            }
        }
    }

    private string? Pick(uint from, uint count)
    {
        if (count == 0)
        {
            return null;
        }
        var start = (uint)_random.NextInt64(count);
        for (uint i = 0; i < count; i++)
        {
            var address = ToAddress(_base + from + (start + i) % count);
            if (IsFree(address))
            {
                _reserved.Add(address);
                return address;
            }
        }
        return null;
    }

    private bool IsFree(string what) => !_taken.ContainsKey(what) && !_reserved.Contains(what) && _claims?.IsTaken(what, default) != true;

    private void CatchUp()
    {
        if (_watch is null || _watch.Overrun)
        {
            Reload();
            return;
        }
        while (_watch.Changes.TryRead(out var change))
        {
            Hold(change.Object.Key, change.Kind == ChangeKind.Deleted ? [] : Holdings(JsonTree.ParseObject(change.Object.Json.Span)));
        }
    }

    private void Reload()
    {
        _watch?.Dispose();
        _held.Clear();
        _taken.Clear();
        var snapshot = _store.List("services", null)!;
        foreach (var service in snapshot.Items)
        {
            Hold(service.Key, Holdings(JsonTree.ParseObject(service.Json.Span)));
        }
        _watch = _store.Watch("services", null, snapshot.Revision);
    }

    private void Hold(ObjectKey key, string[] holdings)
    {
        if (_held.TryGetValue(key, out var before))
        {
            foreach (var what in before)
            {
                if (--_taken[what] == 0)
                {
                    _taken.Remove(what);
                }
            }
        }
        foreach (var what in holdings)
        {
            _taken[what] = _taken.GetValueOrDefault(what) + 1;
        }
        if (holdings.Length == 0)
        {
            _held.Remove(key);
        }
        else
        {
            _held[key] = holdings;
        }
    }

    /// <summary>The addresses and ports of a Service: <c>10.96.0.5</c>, <c>TCP/30080</c>.</summary>
    public static string[] Holdings(JsonObject service)
    {
        var spec = service.Object("spec");
        var holdings = new HashSet<string>(StringComparer.Ordinal);
        foreach (var ip in spec?.Array("clusterIPs") ?? [])
        {
            if (ip is JsonString { Value: not ("None" or "") } text)
            {
                holdings.Add(text.Value);
            }
        }
        foreach (var item in spec?.Array("ports") ?? [])
        {
            if (item is JsonObject port && port.Int("nodePort") is { } nodePort and > 0)
            {
                holdings.Add($"{port.String("protocol") ?? "TCP"}/{nodePort}");
            }
        }
        if (spec?.Int("healthCheckNodePort") is { } health and > 0)
        {
            holdings.Add($"TCP/{health}");
        }
        return [.. holdings];
    }

    private static uint ToNumber(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[4];
        address.TryWriteBytes(bytes, out _);
        return BinaryPrimitives.ReadUInt32BigEndian(bytes);
    }

    private static string ToAddress(uint number)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, number);
        return new IPAddress(bytes).ToString();
    }
}
