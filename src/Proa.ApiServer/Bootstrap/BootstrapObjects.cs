using System.Globalization;
using System.Text;
using Proa.Api.Json;
using Proa.ApiServer.Aggregation;
using Proa.Store;

namespace Proa.ApiServer.Bootstrap;

/// <summary>The objects that each cluster starts with, from the embedded file that <c>eng/Proa.Generator bootstrap</c> writes.</summary>
internal static class BootstrapObjects
{
    // clusterroles.rbac.authorization.k8s.io - admin {"kind":"ClusterRole",…}
    public static List<BootstrapObject> Read(BootstrapOptions options, string now)
    {
        var objects = new List<BootstrapObject>(192);
        using var stream = typeof(BootstrapObjects).Assembly.GetManifestResourceStream("bootstrap-objects.txt")!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        var rest = bytes.AsMemory();
        while (!rest.IsEmpty)
        {
            var resource = Word(ref rest, ' ');
            var ns = Word(ref rest, ' ');
            var name = Word(ref rest, ' ');
            var end = rest.Span.IndexOf((byte)'\n');
            var json = rest[..end];
            rest = rest[(end + 1)..];
            if (json.Span.Contains((byte)'$'))
            {
                json = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(json.Span)
                    .Replace("$NOW", now, StringComparison.Ordinal)
                    .Replace("$SERVICE", options.ServiceAddress.ToString(), StringComparison.Ordinal)
                    .Replace("\"$PORT\"", options.ApiPort.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));
            }
            objects.Add(new(new(resource, ns == "-" ? "" : ns, name), json));
        }
        objects.AddRange(Own(options));
        if (!options.OneOfSeveral)
        {
            objects.AddRange(Endpoints([options.ApiAddress.ToString()], options.ApiPort));
        }
        return objects;
    }

    /// <summary>The API servers tell where they are themselves; no selector finds them.</summary>
    public static IEnumerable<BootstrapObject> Endpoints(IReadOnlyList<string> addresses, int apiPort)
    {
        var port = $$"""[{"name":"https","port":{{apiPort}},"protocol":"TCP"}]""";
        var subsets = addresses.Count == 0 ? "[]" : $$"""[{"addresses":[{{string.Join(',', addresses.Select(ip => $$"""{"ip":"{{ip}}"}"""))}}],"ports":{{port}}}]""";
        yield return Of("endpoints", "default", "kubernetes",
            $$$"""{"kind":"Endpoints","apiVersion":"v1","metadata":{"name":"kubernetes","namespace":"default","labels":{"endpointslice.kubernetes.io/skip-mirror":"true"}},"subsets":{{{subsets}}}}""");
        var endpoints = string.Join(',', addresses.Select(ip => $$$"""{"addresses":["{{{ip}}}"],"conditions":{"ready":true}}"""));
        yield return Of("endpointslices.discovery.k8s.io", "default", "kubernetes",
            $$$"""{"kind":"EndpointSlice","apiVersion":"discovery.k8s.io/v1","metadata":{"name":"kubernetes","namespace":"default","labels":{"kubernetes.io/service-name":"kubernetes"}},"addressType":"IPv4","endpoints":[{{{endpoints}}}],"ports":{{{port}}}}""");
    }

    private static IEnumerable<BootstrapObject> Own(BootstrapOptions options)
    {
        yield return Of(AuthenticationData.Key, new JsonObject
        {
            ["kind"] = "ConfigMap",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject { ["name"] = AuthenticationData.Key.Name, ["namespace"] = AuthenticationData.Key.Namespace },
            ["data"] = AuthenticationData.Of(options.AuthorityPem, options.FrontProxy),
        }.ToString());
    }

    private static BootstrapObject Of(string resource, string ns, string name, string json) => Of(new(resource, ns, name), json);

    private static BootstrapObject Of(ObjectKey key, string json) => new(key, Encoding.UTF8.GetBytes(json));

    private static string Word(ref Memory<byte> rest, char end)
    {
        var at = rest.Span.IndexOf((byte)end);
        var word = Encoding.UTF8.GetString(rest.Span[..at]);
        rest = rest[(at + 1)..];
        return word;
    }
}

/// <param name="Json">Kind, apiVersion and metadata first, without uid, time and revision.</param>
internal readonly record struct BootstrapObject(ObjectKey Key, ReadOnlyMemory<byte> Json);
