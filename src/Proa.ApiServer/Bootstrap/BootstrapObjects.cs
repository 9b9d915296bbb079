using System.Globalization;
using System.Text;
using Proa.Api.Json;
using Proa.ApiServer.Aggregation;
using Proa.Store;

namespace Proa.ApiServer.Bootstrap;

/// <summary>The objects that each cluster starts with, from the embedded file that <c>eng/Proa.Generator bootstrap</c> writes.</summary>
internal static class BootstrapObjects
{
    public static List<BootstrapObject> Read(BootstrapOptions options, string now)
    {
        var objects = Lines("");
        for (var i = 0; i < objects.Count; i++)
        {
            if (objects[i].Json.Span.Contains((byte)'$'))
            {
                objects[i] = objects[i] with
                {
                    Json = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(objects[i].Json.Span)
                        .Replace("$NOW", now, StringComparison.Ordinal)
                        .Replace("$SERVICE", options.ServiceAddress.ToString(), StringComparison.Ordinal)
                        .Replace("\"$PORT\"", options.ApiPort.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)),
                };
            }
        }
        objects.AddRange(Own(options, now));
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

    /// <summary>Those of one group that are the same in every cluster, apart from their times.</summary>
    public static List<BootstrapObject> OfGroup(string group)
    {
        var objects = Lines("." + group);
        for (var i = 0; i < objects.Count; i++)
        {
            // In memory of their own: not all objects stay for these.
            objects[i] = objects[i] with { Json = objects[i].Json.ToArray() };
        }
        return objects;
    }

    // clusterroles.rbac.authorization.k8s.io - admin {"kind":"ClusterRole",…}
    private static List<BootstrapObject> Lines(string suffix)
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
            if (resource.EndsWith(suffix, StringComparison.Ordinal))
            {
                objects.Add(new(new(resource, ns == "-" ? "" : ns, name), rest[..end]));
            }
            rest = rest[(end + 1)..];
        }
        return objects;
    }

    private static IEnumerable<BootstrapObject> Own(BootstrapOptions options, string now)
    {
        yield return Of(AuthenticationData.Key, new JsonObject
        {
            ["kind"] = "ConfigMap",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject { ["name"] = AuthenticationData.Key.Name, ["namespace"] = AuthenticationData.Key.Namespace },
            ["data"] = AuthenticationData.Of(options.AuthorityPem, options.FrontProxy),
        }.ToString());
        yield return Of("servicecidrs.networking.k8s.io", "", "kubernetes",
            $$$"""{"kind":"ServiceCIDR","apiVersion":"networking.k8s.io/v1","metadata":{"name":"kubernetes"},"spec":{"cidrs":["{{{options.ServiceRange}}}"]},"status":{"conditions":[{"type":"Ready","status":"True","lastTransitionTime":"{{{now}}}","reason":"","message":"Kubernetes default Service CIDR is ready"}]}}""");
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
