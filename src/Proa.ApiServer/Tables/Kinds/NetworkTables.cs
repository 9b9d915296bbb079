using System.Globalization;
using Proa.Api.Json;

namespace Proa.ApiServer.Tables.Kinds;

/// <summary>Services and what they lead to; ingresses; network policies; the ranges and addresses of services.</summary>
internal static class NetworkTables
{
    private const int Most = 3;

    public static readonly KindTable Services = new(
        [
            TableColumn.ObjectName, new("Type"), new("Cluster-IP"), new("External-IP"), new("Port(s)"), TableColumn.Age,
            TableColumn.Wide("Selector"),
        ],
        row =>
        [
            row.Name,
            row.Text("spec", "type") ?? "",
            row.Strings("spec", "clusterIPs") is [var ip, ..] ? ip : RowSource.None,
            External(row),
            Ports(row),
            row.Age,
            Cells.Labels(row.Map("spec", "selector")),
        ]);

    public static readonly KindTable Endpoints = new(
        [TableColumn.ObjectName, new("Endpoints"), TableColumn.Age],
        row => [row.Name, Cells.Some([.. row.List("subsets").SelectMany(Addresses)]), row.Age]);

    public static readonly KindTable EndpointSlices = new(
        [TableColumn.ObjectName, new("AddressType"), new("Ports"), new("Endpoints"), TableColumn.Age],
        row =>
        [
            row.Name,
            row.Text("addressType") ?? "",
            OrUnset(Cells.Some([.. row.List("ports").Select(port => port.Int("port")?.ToString(CultureInfo.InvariantCulture) ?? port.String("name") ?? "*")])),
            OrUnset(Cells.Some([.. row.List("endpoints").SelectMany(endpoint => (endpoint.Array("addresses") ?? []).OfType<JsonString>().Select(a => a.Value))])),
            row.Age,
        ]);

    public static readonly KindTable Ingresses = new(
        [TableColumn.ObjectName, new("Class"), new("Hosts"), new("Address"), new("Ports"), TableColumn.Age],
        row =>
        [
            row.Name,
            row.Text("spec", "ingressClassName") ?? RowSource.None,
            Hosts(row),
            Cells.LoadBalancer(row),
            row.List("spec", "tls").Count > 0 ? "80, 443" : "80",
            row.Age,
        ]);

    public static readonly KindTable IngressClasses = new(
        [TableColumn.ObjectName, new("Controller"), new("Parameters"), TableColumn.Age],
        row => [Cells.NameWithDefault(row, "ingressclass.kubernetes.io/is-default-class"), row.Text("spec", "controller") ?? "", Parameters(row), row.Age]);

    public static readonly KindTable NetworkPolicies = new(
        [TableColumn.ObjectName, new("Pod-Selector"), TableColumn.Age],
        row => [row.Name, Cells.SelectorOrNone(row.Map("spec", "podSelector")), row.Age]);

    public static readonly KindTable ServiceCidrs = new(
        [TableColumn.ObjectName, new("CIDRs"), TableColumn.Age],
        row => [row.Name, string.Join(',', row.Strings("spec", "cidrs")), row.Age]);

    // The age is a cell without a column, as the original has it.
    public static readonly KindTable IpAddresses = new(
        [TableColumn.ObjectName, new("ParentRef")],
        row => [row.Name, Parent(row), row.Age]);

    private static string OrUnset(string text) => text == RowSource.None ? RowSource.Unset : text;

    private static string External(RowSource row)
    {
        var given = row.Strings("spec", "externalIPs");
        switch (row.Text("spec", "type"))
        {
            case "ExternalName":
                return row.Text("spec", "externalName") ?? "";
            case "LoadBalancer":
                var all = Cells.LoadBalancer(row) is { Length: > 0 } balanced ? given.Prepend(balanced) : given;
                return string.Join(',', all) is { Length: > 0 } text ? text : "<pending>";
            default:
                return given.Count > 0 ? string.Join(',', given) : RowSource.None;
        }
    }

    private static string Ports(RowSource row)
    {
        var ports = row.List("spec", "ports").Select(port =>
        {
            var number = port.Int("nodePort") is { } nodePort and > 0 ? $"{port.Int("port")}:{nodePort}" : $"{port.Int("port")}";
            return $"{number}/{port.String("protocol")}";
        });
        return string.Join(',', ports) is { Length: > 0 } text ? text : RowSource.None;
    }

    // Services without ports have bare addresses.
    private static IEnumerable<string> Addresses(JsonObject subset)
    {
        var addresses = (subset.Array("addresses") ?? []).OfType<JsonObject>().Select(address => address.String("ip") ?? "").ToList();
        if (subset.Array("ports") is not { Count: > 0 } ports)
        {
            return addresses;
        }
        return ports.OfType<JsonObject>().SelectMany(port => addresses.Select(ip => ip.Contains(':') ? $"[{ip}]:{port.Int("port")}" : $"{ip}:{port.Int("port")}"));
    }

    private static string Hosts(RowSource row)
    {
        var rules = row.List("spec", "rules");
        var hosts = new List<string>();
        var more = false;
        foreach (var rule in rules)
        {
            // A further rule counts though it names no host.
            more |= hosts.Count == Most;
            if (!more && rule.String("host") is { Length: > 0 } host)
            {
                hosts.Add(host);
            }
        }
        if (hosts.Count == 0)
        {
            return "*";
        }
        return more ? $"{string.Join(',', hosts)} + {rules.Count - Most} more..." : string.Join(',', hosts);
    }

    private static string Parameters(RowSource row)
    {
        if (row.Map("spec", "parameters") is not { } parameters)
        {
            return RowSource.None;
        }
        var group = parameters.String("apiGroup") is { } name ? "." + name : "";
        return $"{parameters.String("kind")}{group}/{parameters.String("name")}";
    }

    private static string Parent(RowSource row)
    {
        if (row.Map("spec", "parentRef") is not { } parent)
        {
            return RowSource.None;
        }
        var group = parent.String("group") is { Length: > 0 } name ? "." + name : "";
        var ns = parent.String("namespace") is { Length: > 0 } space ? "/" + space : "";
        return $"{parent.String("resource")}{group}".ToLowerInvariant() + $"{ns}/{parent.String("name")}";
    }
}
