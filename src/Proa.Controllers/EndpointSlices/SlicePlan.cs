using Proa.Api.Models;
using Proa.Api.Models.Core;
using Proa.Api.Models.Discovery;
using Proa.Api.Models.Meta;
using Proa.Controllers.Common;
using EndpointPort = Proa.Api.Models.Discovery.EndpointPort;

namespace Proa.Controllers.EndpointSlices;

/// <summary>What to write so that the slices of a service say what they should. Pure.</summary>
internal sealed record SlicePlan(List<EndpointSlice> Create, List<EndpointSlice> Update, List<EndpointSlice> Delete)
{
    public const int MaxEndpoints = 100;
    public const string ServiceName = "kubernetes.io/service-name";
    public const string ManagedBy = "endpointslice.kubernetes.io/managed-by";
    public const string Headless = "service.kubernetes.io/headless";
    public const string TriggerTime = "endpoints.kubernetes.io/last-change-trigger-time";

    /// <summary>Endpoints of one address family with the same ports; they share slices.</summary>
    public sealed record Group(string Family, IReadOnlyList<EndpointPort> Ports, List<Endpoint> Endpoints);

    /// <summary>
    /// Writes as little as possible: slices keep their endpoints, changed ones are rewritten, new endpoints fill slices that
    /// are written anyway, then those with room, then new slices.
    /// </summary>
    /// <param name="template">Name prefix, labels, owner and trigger time of a new slice; labels and time go on existing ones too.</param>
    public static SlicePlan Make(ObjectMeta template, IReadOnlyList<Group> groups, IReadOnlyList<EndpointSlice> existing)
    {
        var plan = new SlicePlan([], [], []);
        var left = new List<EndpointSlice>(existing);
        foreach (var group in groups)
        {
            var mine = left.FindAll(slice => slice.AddressType == group.Family && slice.Ports.SequenceEqual(group.Ports));
            left.RemoveAll(mine.Contains);
            plan.Fill(template, group, mine);
        }
        plan.Delete.AddRange(left);
        plan.Recycle();
        return plan;
    }

    /// <summary>Makes slices out of those that would go, so that who watches sees one change instead of two.</summary>
    private void Recycle()
    {
        for (var i = Delete.Count - 1; i >= 0; i--)
        {
            var old = Delete[i];
            var made = Create.FindLastIndex(slice => slice.AddressType == old.AddressType);
            if (made < 0)
            {
                continue;
            }
            var metadata = Create[made].Metadata with { GenerateName = old.Metadata.GenerateName, Name = old.Metadata.Name, Uid = old.Metadata.Uid, ResourceVersion = old.Metadata.ResourceVersion };
            Update.Add(Create[made] with { Metadata = metadata });
            Create.RemoveAt(made);
            Delete.RemoveAt(i);
        }
    }

    private void Fill(ObjectMeta template, Group group, List<EndpointSlice> mine)
    {
        var wanted = new Dictionary<string, Endpoint>(group.Endpoints.Count, StringComparer.Ordinal);
        foreach (var endpoint in group.Endpoints)
        {
            wanted[KeyOf(endpoint)] = endpoint;
        }
        var slices = new List<(EndpointSlice Slice, List<Endpoint> Endpoints, bool Dirty)>();
        foreach (var slice in mine)
        {
            var kept = new List<Endpoint>(slice.Endpoints.Count);
            var dirty = !SameLabels(slice, template);
            foreach (var endpoint in slice.Endpoints)
            {
                if (!wanted.Remove(KeyOf(endpoint), out var now))
                {
                    dirty = true;
                    continue;
                }
                dirty |= now != endpoint;
                kept.Add(now);
            }
            slices.Add((slice, kept, dirty));
        }
        var rest = new Queue<Endpoint>(wanted.Values);
        for (var pass = 0; pass < 2; pass++)
        {
            for (var i = 0; i < slices.Count && rest.Count > 0; i++)
            {
                var (slice, endpoints, dirty) = slices[i];
                if (dirty != (pass == 0) || endpoints.Count >= MaxEndpoints)
                {
                    continue;
                }
                while (endpoints.Count < MaxEndpoints && rest.TryDequeue(out var endpoint))
                {
                    endpoints.Add(endpoint);
                }
                slices[i] = (slice, endpoints, true);
            }
        }
        Settle(template, group, slices, rest);
    }

    private void Settle(ObjectMeta template, Group group, List<(EndpointSlice Slice, List<Endpoint> Endpoints, bool Dirty)> slices, Queue<Endpoint> rest)
    {
        var filled = slices.Exists(slice => slice.Endpoints.Count > 0) || rest.Count > 0;
        foreach (var (slice, endpoints, dirty) in slices)
        {
            if (endpoints.Count == 0 && (filled || slice != slices[0].Slice))
            {
                Delete.Add(slice);
            }
            else if (dirty)
            {
                Update.Add(slice with { Endpoints = endpoints, Metadata = Relabel(slice.Metadata, template) });
            }
        }
        // A service without endpoints still has one slice, which says just that.
        while (rest.Count > 0 || (slices.Count == 0 && !filled))
        {
            filled = true;
            var endpoints = new List<Endpoint>();
            while (endpoints.Count < MaxEndpoints && rest.TryDequeue(out var endpoint))
            {
                endpoints.Add(endpoint);
            }
            Create.Add(new() { AddressType = group.Family, Ports = group.Ports, Endpoints = endpoints, Metadata = template });
        }
    }

    private static ObjectMeta Relabel(ObjectMeta metadata, ObjectMeta template)
    {
        var annotations = new Dictionary<string, string>(metadata.Annotations);
        annotations.Remove(TriggerTime);
        foreach (var (key, value) in template.Annotations)
        {
            annotations[key] = value;
        }
        return metadata with { Labels = template.Labels, Annotations = annotations };
    }

    private static bool SameLabels(EndpointSlice slice, ObjectMeta template) =>
        slice.Metadata.Labels.Count == template.Labels.Count && Selectors.MatchesAll(template.Labels, slice.Metadata.Labels);

    private static string KeyOf(Endpoint endpoint) =>
        endpoint.TargetRef is { } target ? $"{target.Uid}/{string.Join(',', endpoint.Addresses)}" : string.Join(',', endpoint.Addresses);
}
