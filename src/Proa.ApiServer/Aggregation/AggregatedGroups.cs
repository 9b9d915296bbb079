using Proa.Api.Json;

namespace Proa.ApiServer.Aggregation;

/// <summary>What discovery must know of the APIServices and of the servers behind them. Immutable; a new one is made when anything changes.</summary>
/// <param name="Found">What the other servers tell of their versions, by the APIService's name.</param>
internal sealed record AggregatedGroups(ApiServiceTable Services, IReadOnlyDictionary<string, DiscoveredVersion> Found)
{
    public static readonly AggregatedGroups None = new(ApiServiceTable.Empty, new Dictionary<string, DiscoveredVersion>());

    /// <summary>A version's entry in the aggregated document; null: nobody has asked for it yet.</summary>
    public JsonObject? EntryOf(ApiService service) => Found.GetValueOrDefault(service.Name)?.Entry;
}
