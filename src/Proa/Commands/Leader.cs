using Proa.Api.Models.Coordination;
using Proa.Client;

namespace Proa.Commands;

/// <summary>Which server runs a part that may run once, by its lease.</summary>
/// <param name="Holder">Null: nobody, now.</param>
internal sealed record Leader(string Component, string? Holder, bool IsHere)
{
    /// <summary>None where a server is alone and needs no lease.</summary>
    /// <param name="self">The server on this data directory.</param>
    public static async Task<IReadOnlyList<Leader>> AllAsync(IClusterClient client, string? self, CancellationToken ct)
    {
        var leaders = new List<Leader>();
        foreach (var component in (string[])["kube-controller-manager", "kube-scheduler"])
        {
            var lease = await client.GetAsync<Lease>("kube-system", component, ct);
            if (lease.Ok)
            {
                var holder = lease.Value.Spec.HolderIdentity is { Length: > 0 } name ? name : null;
                leaders.Add(new(component, holder, holder is not null && holder == self));
            }
        }
        return leaders;
    }

    public override string ToString() => $"{Component} {Holder ?? "nobody"}{(IsHere ? " (this server)" : "")}";
}
