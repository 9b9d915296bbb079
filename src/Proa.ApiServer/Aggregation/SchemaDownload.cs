using System.Security.Cryptography;
using System.Text.Json;
using Proa.Api.Json;
using Proa.ApiServer.OpenApi;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Security;
using Proa.ApiServer.Webhooks;

namespace Proa.ApiServer.Aggregation;

/// <summary>Fetches an extension server's OpenAPI documents. What it had before stays where it cannot be asked.</summary>
internal sealed class SchemaDownload(ExtensionClient client, TimeProvider clock)
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(60);

    // It needs no rights: schemas are for whoever may log in.
    private static readonly UserInfo s_user = new("system:aggregator", []);

    /// <returns>Null: it did not answer.</returns>
    public async Task<RemoteSchemas?> RunAsync(ApiService service, RemoteSchemas? last, CancellationToken ct)
    {
        using var late = new CancellationTokenSource(s_timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, late.Token);
        try
        {
            var index = await client.FetchAsync(service.Server!, "/openapi/v3", ApiResponse.Json, "", s_user, either.Token);
            var whole = await client.FetchAsync(service.Server!, "/openapi/v2", ApiResponse.Json, last?.Tag ?? "", s_user, either.Token);
            if (index.Code is not (200 or 404) || whole.Code is not (200 or 404 or 304))
            {
                return null;
            }
            var url = index.Code == 200 ? Url(JsonTree.ParseObject(index.Body), service) : null;
            return whole.Code switch
            {
                304 when last is not null => last with { Service = service, Url = url, HasIndex = index.Code == 200 },
                200 => new(service, url, JsonTree.ToUtf8(RemoteSpec.Only(JsonTree.ParseObject(whole.Body), service.GroupVersion)), TagOf(whole)) { HasIndex = index.Code == 200 },
                _ => new(service, url, null, "") { HasIndex = index.Code == 200 },
            };
        }
        catch (Exception e) when (e is HttpRequestException or WebhookCallException or JsonException or FormatException or InvalidOperationException
            || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return null;
        }
    }

    private static string TagOf(ExtensionClient.Fetched whole) =>
        whole.Tag.Length > 0 ? whole.Tag : $"\"{Convert.ToHexString(SHA256.HashData(whole.Body))}\"";

    // An extension server tells of more than this version; of that this server, or another, tells itself.
    private static string? Url(JsonObject index, ApiService service) =>
        index.Object("paths")?.Object($"apis/{service.GroupVersion}")?.String("serverRelativeURL");
}
