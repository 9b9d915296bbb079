using System.Text.Json;
using Proa.Api.Json;
using Proa.ApiServer.Webhooks;

namespace Proa.ApiServer.Aggregation;

/// <summary>Fetches what an extension server serves in one version: from its aggregated discovery, or the old form where it has none.</summary>
internal sealed class DiscoveryDownload(ExtensionClient client, TimeProvider clock)
{
    private const string Accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList";
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(5);
    private (ExtensionServer Server, string Tag, JsonObject Document)? _last;

    /// <returns>Null: it did not answer.</returns>
    public async Task<DiscoveredVersion?> RunAsync(ApiService service, CancellationToken ct)
    {
        using var late = new CancellationTokenSource(s_timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, late.Token);
        try
        {
            return await FetchAsync(service, either.Token);
        }
        catch (Exception e) when (e is HttpRequestException or WebhookCallException or JsonException or FormatException or InvalidOperationException
            || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return null;
        }
    }

    private async Task<DiscoveredVersion?> FetchAsync(ApiService service, CancellationToken ct)
    {
        var server = service.Server!;
        var last = _last is { } known && known.Server == server ? _last : null;
        var answer = await client.FetchAsync(server, "/apis", Accept, last?.Tag ?? "", DiscoveryCheck.Aggregator, ct);
        if (answer.Code == 304 && last is { } same)
        {
            return Find(same.Document, service);
        }
        if (answer.Code == 503)
        {
            return null;
        }
        if (answer.Code == 200 && answer.ContentType.Contains("g=apidiscovery.k8s.io", StringComparison.Ordinal) && answer.ContentType.Contains("as=APIGroupDiscoveryList", StringComparison.Ordinal))
        {
            var document = JsonTree.ParseObject(answer.Body);
            _last = (server, answer.Tag, document);
            return Find(document, service);
        }
        var old = await client.FetchAsync(server, $"/apis/{service.GroupVersion}", Pipeline.ApiResponse.Json, "", DiscoveryCheck.Aggregator, ct);
        return old.Code == 200 ? DiscoveredVersion.Current(FromOldForm(JsonTree.ParseObject(old.Body), service)) : null;
    }

    private static DiscoveredVersion Find(JsonObject document, ApiService service)
    {
        var group = document.Array("items")?.OfType<JsonObject>().FirstOrDefault(item => (item.Object("metadata")?.String("name") ?? "") == service.Group);
        var version = group?.Array("versions")?.OfType<JsonObject>().FirstOrDefault(item => item.String("version") == service.Version);
        // It answers, but not for this: then there is nothing in it.
        return DiscoveredVersion.Current(version ?? new JsonObject { ["version"] = service.Version });
    }

    private static JsonObject FromOldForm(JsonObject list, ApiService service)
    {
        var resources = new Dictionary<string, JsonObject>(StringComparer.Ordinal);
        var made = new JsonArray();
        foreach (var item in list.Array("resources")?.OfType<JsonObject>() ?? [])
        {
            var name = item.String("name") ?? "";
            var slash = name.IndexOf('/');
            var converted = new JsonObject
            {
                [slash < 0 ? "resource" : "subresource"] = slash < 0 ? name : name[(slash + 1)..],
                ["responseKind"] = new JsonObject
                {
                    ["group"] = item.String("group") is { Length: > 0 } group ? group : service.Group,
                    ["version"] = item.String("version") is { Length: > 0 } version ? version : service.Version,
                    ["kind"] = item.String("kind") ?? "",
                },
            };
            if (slash < 0)
            {
                converted["scope"] = item.Bool("namespaced") == true ? "Namespaced" : "Cluster";
                converted["singularResource"] = item.String("singularName") ?? "";
                Copy(item, converted, "shortNames", "categories");
                resources[name] = converted;
                made.Add(converted);
            }
            else if (resources.GetValueOrDefault(name[..slash]) is { } parent)
            {
                var all = parent.Array("subresources") ?? [];
                all.Add(converted);
                parent["subresources"] = all;
            }
            Copy(item, converted, "verbs");
        }
        return new() { ["version"] = service.Version, ["resources"] = made };
    }

    private static void Copy(JsonObject from, JsonObject to, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (from[name] is { } value)
            {
                to[name] = value.Clone();
            }
        }
    }
}
