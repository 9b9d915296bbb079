using Proa.Api.Json;
using Proa.ApiServer.Pipeline;

namespace Proa.ApiServer.Security.Tokens;

/// <summary>
/// What others need to check service account tokens for themselves: <c>/.well-known/openid-configuration</c> and
/// <c>/openid/v1/jwks</c>.
/// </summary>
/// <param name="serverAddress">Host and port where pods reach the server.</param>
public sealed class OpenIdEndpoint(ServiceAccountTokens tokens, string serverAddress) : IPathEndpoint
{
    private const string KeysPath = "/openid/v1/jwks";

    public ValueTask<ApiResponse?> TryHandleAsync(ApiRequest request, CancellationToken ct) => new(request.Path.TrimEnd('/') switch
    {
        "/.well-known/openid-configuration" => new BytesResponse(200, JsonTree.ToUtf8(Configuration())) { Headers = s_kept },
        KeysPath => new BytesResponse(200, JsonTree.ToUtf8(new JsonObject { ["keys"] = new JsonArray([tokens.PublicKey()]) }))
        {
            ContentType = "application/jwk-set+json",
            Headers = s_kept,
        },
        _ => null,
    });

    // Other systems ask for these: they may keep them for an hour.
    private static readonly KeyValuePair<string, string>[] s_kept = [new("Cache-Control", "public, max-age=3600")];

    private JsonObject Configuration() => new()
    {
        ["issuer"] = ServiceAccountTokens.Issuer,
        ["jwks_uri"] = $"https://{serverAddress}{KeysPath}",
        ["response_types_supported"] = new JsonArray(["id_token"]),
        ["subject_types_supported"] = new JsonArray(["public"]),
        ["id_token_signing_alg_values_supported"] = new JsonArray(["ES256"]),
    };
}
