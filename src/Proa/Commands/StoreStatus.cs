using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Proa.Cluster;
using Proa.Store.Etcd;
using Proa.Terminal;

namespace Proa.Commands;

/// <summary>Where a cluster's objects are, and how etcd's members are.</summary>
/// <param name="Members">Null: the objects are in the data directory.</param>
internal sealed record StoreStatus(IReadOnlyList<EtcdMemberHealth>? Members)
{
    public static async Task<StoreStatus> OfAsync(ClusterPaths paths, CancellationToken ct) => new(ClusterConfigFile.Read(paths)?.Etcd is { } etcd
        ? await EtcdEntries.HealthAsync(etcd.ToOptions(), TimeProvider.System, NullLogger.Instance, ct)
        : null);

    public JsonNode ToJson() => Members is null
        ? new JsonObject { ["backend"] = "embedded" }
        : new JsonObject
        {
            ["backend"] = "etcd",
            ["members"] = new JsonArray([.. Members.Select(member => (JsonNode)new JsonObject
            {
                ["address"] = member.Address.ToString(),
                ["healthy"] = member.Problem is null,
                ["leader"] = member.IsLeader,
                ["version"] = member.Version,
                ["problem"] = member.Problem,
            })]),
        };

    public override string ToString() => Members is null
        ? "embedded, in the data directory"
        : "etcd: " + string.Join(", ", Members.Select(member =>
            $"{member.Address.GetLeftPart(UriPartial.Authority)} {(member.Problem is null ? Style.Green(member.IsLeader ? "leads" : "follows") : Style.Red(member.Problem))}"));
}
