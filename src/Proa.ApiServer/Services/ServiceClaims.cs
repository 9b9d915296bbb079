using Proa.Api.Json;
using Proa.ApiServer.Objects;
using Proa.Store;

namespace Proa.ApiServer.Services;

/// <summary>
/// What Services hold, written down where several servers decide at once: an address is an IPAddress of its name, which can be
/// made once; the ports are bits of one object, changed only from the state that was read. Thread-safe.
/// </summary>
/// <remarks>Objects, places and the repair are those of the original's allocators, which can go on from them.</remarks>
internal sealed class ServiceClaims(IObjectStore store, int firstPort, int lastPort, TimeProvider clock)
{
    private const string Addresses = "ipaddresses.networking.k8s.io";
    private const string Manager = "ipallocator.k8s.io";
    private static readonly ObjectKey s_ports = new("ranges", "", "servicenodeports");
    private static readonly TimeSpan s_round = TimeSpan.FromMinutes(3);
    private volatile Tuple<long, PortBitmap>? _read;

    /// <summary>What looked like a leak in the last round: a write that is under way looks the same.</summary>
    private HashSet<string> _suspects = new(StringComparer.Ordinal);

    /// <param name="what">An address as text, or <c>TCP/30080</c>.</param>
    public bool IsTaken(string what, ObjectKey owner) => PortOf(what) is { } port
        ? Ports().Bitmap.Has(port)
        : store.Get(AddressKey(what)) is { } there && !IsOf(there, owner);

    /// <returns>Done; Exists: somebody else was quicker; Unavailable: the store did not answer.</returns>
    public async ValueTask<WriteResult> TryTakeAsync(string what, ObjectKey owner, CancellationToken ct)
    {
        if (PortOf(what) is { } port)
        {
            return await ChangeAsync(bits => bits.Has(port) ? null : bits.With(port), ct);
        }
        var made = await store.WriteAsync(Claim(what, owner), ct);
        return made.Outcome == WriteOutcome.Exists && IsOf(made.Object!, owner) ? made with { Outcome = WriteOutcome.Done } : made;
    }

    /// <summary>Gives back what the Service does not hold, as it stands now.</summary>
    public async ValueTask ReleaseAsync(IReadOnlyCollection<string> claimed, ObjectKey owner, CancellationToken ct)
    {
        var held = store.Get(owner) is { } service ? ServiceAllocator.Holdings(JsonTree.ParseObject(service.Json.Span)) : [];
        var ports = new List<int>();
        foreach (var what in claimed.Except(held))
        {
            if (PortOf(what) is { } port)
            {
                // One port of two protocols is one bit.
                if (!held.Any(other => PortOf(other) == port))
                {
                    ports.Add(port);
                }
            }
            else if (store.Get(AddressKey(what)) is { } there && IsOf(there, owner))
            {
                await store.WriteAsync(new() { Key = there.Key, Kind = WriteKind.Delete, ExpectedRevision = there.Revision }, ct);
            }
        }
        if (ports.Count > 0)
        {
            await ChangeAsync(bits => ports.Aggregate(bits, static (all, port) => all.Without(port)), ct);
        }
    }

    /// <summary>
    /// Puts right, now and again, what is written down and what Services hold: a server that died between two writes leaves them
    /// apart, and a cluster that comes from elsewhere has nothing written down. Until cancelled.
    /// </summary>
    public async Task RunAsync(CancellationToken ct)
    {
        try
        {
            while (true)
            {
                if (await store.ReadBarrierAsync(ct) is null)
                {
                    await RepairAsync(ct);
                }
                await Task.Delay(s_round, clock, ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The end.
        }
    }

    internal async Task RepairAsync(CancellationToken ct)
    {
        // The claims first: one that is made after this look is no leak.
        var addresses = store.List(Addresses, null)!.Items;
        var (_, bits) = Ports();
        var held = new Dictionary<string, ObjectKey>(StringComparer.Ordinal);
        foreach (var service in store.List("services", null)!.Items)
        {
            foreach (var what in ServiceAllocator.Holdings(JsonTree.ParseObject(service.Json.Span)))
            {
                held.TryAdd(what, service.Key);
            }
        }
        foreach (var (what, owner) in held)
        {
            if (PortOf(what) is null && store.Get(AddressKey(what)) is null)
            {
                await store.WriteAsync(Claim(what, owner), ct);
            }
        }
        var holding = held.Keys.Select(PortOf).OfType<int>().ToHashSet();
        var suspects = bits.All.Where(port => !holding.Contains(port)).Select(port => $"/{port}")
            .Concat(addresses.Where(there => IsManaged(there) && !held.ContainsKey(there.Key.Name)).Select(there => there.Key.Name)).ToHashSet(StringComparer.Ordinal);
        var leaked = suspects.Intersect(_suspects).ToHashSet(StringComparer.Ordinal);
        foreach (var there in addresses.Where(there => leaked.Contains(there.Key.Name)))
        {
            await store.WriteAsync(new() { Key = there.Key, Kind = WriteKind.Delete, ExpectedRevision = there.Revision }, ct);
        }
        await ChangeAsync(
            known => holding.Aggregate(leaked.Select(PortOf).OfType<int>().Aggregate(known, static (all, port) => all.Without(port)), static (all, port) => all.With(port)), ct);
        _suspects = [.. suspects.Except(leaked)];
    }

    /// <summary>Changes the bits from the state that was read; null from the change: it must not be.</summary>
    private async ValueTask<WriteResult> ChangeAsync(Func<PortBitmap, PortBitmap?> change, CancellationToken ct)
    {
        while (true)
        {
            var (revision, bits) = Ports();
            if (change(bits) is not { } changed)
            {
                return new(WriteOutcome.Exists, null);
            }
            if (changed.Same(bits) && revision > 0)
            {
                return new(WriteOutcome.Done, null);
            }
            var json = changed.ToUtf8();
            var written = await store.WriteAsync(
                new()
                {
                    Key = s_ports,
                    Kind = revision == 0 ? WriteKind.Create : WriteKind.Replace,
                    Json = json,
                    RevisionOffset = json.AsSpan().IndexOf("\"creationTimestamp\""u8),
                    ExpectedRevision = revision,
                },
                ct);
            if (written.Outcome is not (WriteOutcome.Conflict or WriteOutcome.Exists or WriteOutcome.NotFound))
            {
                return written;
            }
        }
    }

    private (long Revision, PortBitmap Bitmap) Ports()
    {
        if (store.Get(s_ports) is not { } there)
        {
            return (0, new PortBitmap(firstPort, lastPort));
        }
        if (_read is not { } read || read.Item1 != there.Revision)
        {
            _read = read = new(there.Revision, PortBitmap.Read(firstPort, lastPort, there.Json.Span));
        }
        return (read.Item1, read.Item2);
    }

    private WriteRequest Claim(string address, ObjectKey owner)
    {
        var json = JsonTree.ToUtf8(new JsonObject
        {
            ["kind"] = "IPAddress",
            ["apiVersion"] = "networking.k8s.io/v1",
            ["metadata"] = new JsonObject
            {
                ["name"] = address,
                ["uid"] = Guid.NewGuid().ToString(),
                ["creationTimestamp"] = Metadata.Time(clock.GetUtcNow()),
                ["labels"] = new JsonObject { ["ipaddress.kubernetes.io/ip-family"] = "IPv4", ["ipaddress.kubernetes.io/managed-by"] = Manager },
            },
            ["spec"] = new JsonObject { ["parentRef"] = new JsonObject { ["resource"] = "services", ["namespace"] = owner.Namespace, ["name"] = owner.Name } },
        });
        return new()
        {
            Key = AddressKey(address),
            Kind = WriteKind.Create,
            Json = json,
            RevisionOffset = json.AsSpan().IndexOf("\"uid\""u8),
            Index = ObjectIndexing.Of(JsonTree.ParseObject(json), [], new SharedTexts()),
        };
    }

    private static bool IsOf(StoredObject address, ObjectKey owner)
    {
        var parent = JsonTree.ParseObject(address.Json.Span).Object("spec")?.Object("parentRef");
        return parent?.String("resource") == "services" && parent.String("namespace") == owner.Namespace && parent.String("name") == owner.Name;
    }

    private static bool IsManaged(StoredObject address) => address.Index.Labels.Any(label => label is { Key: "ipaddress.kubernetes.io/managed-by", Value: Manager });

    private static ObjectKey AddressKey(string address) => new(Addresses, "", address);

    /// <summary>Of <c>TCP/30080</c>; null: an address.</summary>
    internal static int? PortOf(string what) =>
        what.IndexOf('/', StringComparison.Ordinal) is var slash and >= 0 ? int.Parse(what.AsSpan(slash + 1), System.Globalization.CultureInfo.InvariantCulture) : null;
}
