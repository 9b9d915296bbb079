using System.Net;
using Proa.Network.Nftables;

namespace Proa.Network.Proxy;

/// <summary>
/// The part of the table that does not change with Services: chains, rules, empty sets. A packet meets a fixed number of
/// rules whatever the number of Services. Pure: writes into a batch.
/// </summary>
internal static class Ruleset
{
    public const string Hairpin = "hairpin";
    public const string Remote = "remote";
    public const string Refuse = "refuse";

    private const string Dispatch = "dispatch";
    private const string Check = "check";
    private const uint MaximumClients = 1 << 18;

    private static readonly IPNetwork s_loopback = IPNetwork.Parse("127.0.0.0/8");
    private static readonly IPNetwork s_multicast = IPNetwork.Parse("224.0.0.0/4");

    /// <summary>Replaces the table, if there is one, by one without elements.</summary>
    public static void Write(NftBatch batch, NetworkOptions options)
    {
        batch.AddTable();
        batch.DeleteTable();
        batch.AddTable();
        WriteSets(batch);
        batch.AddChain(Dispatch);
        batch.AddChain(Check);
        batch.AddChain(Refuse);
        batch.AddBaseChain("guard", "filter", NftHook.Prerouting, -300);
        batch.AddBaseChain("prerouting", "nat", NftHook.Prerouting, -100);
        batch.AddBaseChain("output", "nat", NftHook.Output, -100);
        batch.AddBaseChain("postrouting", "nat", NftHook.Postrouting, 100);
        batch.AddBaseChain("check_input", "filter", NftHook.Input, 0);
        batch.AddBaseChain("check_forward", "filter", NftHook.Forward, 0);
        batch.AddBaseChain("check_output", "filter", NftHook.Output, 0);

        // Pods' cables route loopback addresses, for node ports on 127.0.0.1: nobody may use that from outside.
        batch.AddRule("guard").FromLoopback(equal: false).Destination(s_loopback).Verdict(Nft.Drop).End();

        batch.AddRule("prerouting").GoTo(Dispatch).End();
        batch.AddRule("output").GoTo(Dispatch).End();
        batch.AddRule(Dispatch).LoadTarget(0).VerdictMap(FrontendSets.ByAddress.Services, 0).End();
        batch.AddRule(Dispatch).ToLocalAddress().LoadPort(0).VerdictMap(FrontendSets.ByPort.Services, 0).End();

        WritePostrouting(batch, options.PodRange);
        WriteCheck(batch, options.ServiceRange);
    }

    /// <summary>
    /// A chain for N backends: take a number below N, look the backend up, go there. With affinity: choose by number, note
    /// the choice with the packet; have it remembered for this client, if nothing is; note what is remembered; go there if it
    /// is still a backend. Between rules only the packet can carry a value; its priority serves, on the first packet of a
    /// connection.
    /// </summary>
    public static void WriteChain(NftBatch batch, BackendChain chain)
    {
        var (name, sets) = (chain.Name, FrontendSets.Of(chain.OnAllAddresses));
        batch.AddChain(name);
        if (chain.Seconds == 0)
        {
            sets.Load(batch.AddRule(name), 0).LoadRandom(sets.Width, (uint)chain.Backends)
                .Map(sets.Endpoints, 0, sets.Width + 1).RedirectTo(sets.Width + 1).End();
            return;
        }
        var value = sets.Width + 1;
        sets.Load(batch.AddRule(name), 0).LoadRandom(sets.Width, (uint)chain.Backends).Map(sets.Picks, 0, value).SetPriority(value).End();
        sets.Load(batch.AddRule(name).LoadSource(0), 1).LoadPriority(value)
            .Remember(sets.Affinity, 0, value, TimeSpan.FromSeconds(chain.Seconds)).End();
        sets.Load(batch.AddRule(name).LoadSource(0), 1).Map(sets.Affinity, 0, value).SetPriority(value).End();
        sets.Load(batch.AddRule(name), 0).LoadPriority(sets.Width).Map(sets.Sticky, 0, value).RedirectTo(value).End();
        // What was remembered is gone: any backend, until the memory has been cleared.
        batch.AddRule(name).GoTo(chain.WithoutAffinity().Name).End();
    }

    private static void WriteSets(NftBatch batch)
    {
        ReadOnlySpan<NftField> backend = [NftField.Destination, NftField.Port];
        foreach (var sets in (FrontendSets[])[FrontendSets.ByAddress, FrontendSets.ByPort])
        {
            batch.AddVerdictMap(sets.Services, sets.Key);
            batch.AddMap(sets.Endpoints, [.. sets.Key, NftField.Number], backend);
            batch.AddVerdictMap(sets.Refusals, sets.Key);
            batch.AddMap(sets.Picks, [.. sets.Key, NftField.Number], [NftField.Priority]);
            batch.AddDynamicMap(sets.Affinity, [NftField.Source, .. sets.Key], [NftField.Priority], MaximumClients);
            batch.AddMap(sets.Sticky, [.. sets.Key, NftField.Priority], backend);
        }
        batch.AddSet(Hairpin, [NftField.Source, NftField.Destination]);
        batch.AddSet(Remote, FrontendSets.ByAddress.Key);
    }

    private static void WritePostrouting(NftBatch batch, IPNetwork pods)
    {
        batch.AddRule("postrouting").ToLoopback(equal: true).Verdict(Nft.Return).End();
        // A pod that reaches itself through a Service would answer itself without a detour.
        batch.AddRule("postrouting").LoadSource(0).LoadDestination(1).IsIn(Hairpin, 0).Masquerade().End();
        // The host through a node port on 127.0.0.1.
        batch.AddRule("postrouting").Source(s_loopback).Destination(pods).Masquerade().End();
        batch.AddRule("postrouting").IsRedirected().LoadTarget(0).IsIn(Remote, 0).Masquerade().End();
        // Pods to the world.
        batch.AddRule("postrouting").Source(pods).Destination(pods, equal: false).Destination(s_multicast, equal: false).Masquerade().End();
    }

    /// <summary>What was not redirected although it goes to a Service has no backend.</summary>
    private static void WriteCheck(NftBatch batch, IPNetwork services)
    {
        foreach (var chain in (string[])["check_input", "check_forward", "check_output"])
        {
            batch.AddRule(chain).IsNew().GoTo(Check).End();
        }
        batch.AddRule(Check).LoadTarget(0).VerdictMap(FrontendSets.ByAddress.Refusals, 0).End();
        batch.AddRule(Check).ToLocalAddress().LoadPort(0).VerdictMap(FrontendSets.ByPort.Refusals, 0).End();
        batch.AddRule(Check).Destination(services).GoTo(Refuse).End();
        batch.AddRule(Refuse).Protocol(FrontendKey.Tcp).RejectWithReset().End();
        batch.AddRule(Refuse).RejectWithUnreachable().End();
    }
}
