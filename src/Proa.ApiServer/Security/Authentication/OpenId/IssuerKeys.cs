using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Proa.Api.Json;

namespace Proa.ApiServer.Security.Authentication.OpenId;

/// <summary>
/// An issuer's public keys: fetched when a token first needs one, and again when one is signed with a key that is not among
/// them, at most every ten seconds. Thread-safe.
/// </summary>
internal sealed class IssuerKeys : IDisposable
{
    private const int LargestDocument = 1024 * 1024;
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(10);
    private readonly OpenIdOptions _options;
    private readonly TimeProvider _time;
    private readonly HttpClient _http;
    private readonly SemaphoreSlim _fetching = new(1);
    private volatile List<(string Id, AsymmetricAlgorithm Key)> _keys = [];
    private long? _fetched;

    public IssuerKeys(OpenIdOptions options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        var handler = new SocketsHttpHandler();
        if (options.AuthorityPem is { } pem)
        {
            var roots = new X509Certificate2Collection();
            roots.ImportFromPem(pem);
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.AddRange(roots);
            handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
        }
        _http = new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(30), MaxResponseContentBufferSize = LargestDocument };
    }

    /// <returns>The keys with that id; of a token without one all keys; none: the issuer has no such key.</returns>
    /// <exception cref="HttpRequestException">The issuer cannot be reached.</exception>
    public async ValueTask<IReadOnlyList<AsymmetricAlgorithm>> FindAsync(string id, CancellationToken ct)
    {
        var found = Of(id);
        if (found.Count > 0)
        {
            return found;
        }
        await _fetching.WaitAsync(ct);
        try
        {
            found = Of(id);
            if (found.Count == 0 && (_fetched is not { } last || _time.GetElapsedTime(last) >= s_pause))
            {
                _fetched = _time.GetTimestamp();
                _keys = await FetchAsync(ct);
                found = Of(id);
            }
            return found;
        }
        finally
        {
            _fetching.Release();
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        _fetching.Dispose();
    }

    private List<AsymmetricAlgorithm> Of(string id) => [.. _keys.Where(key => id.Length == 0 || key.Id == id).Select(key => key.Key)];

    private async Task<List<(string, AsymmetricAlgorithm)>> FetchAsync(CancellationToken ct)
    {
        var configuration = await GetAsync(_options.DiscoveryUrl ?? _options.Issuer.TrimEnd('/') + "/.well-known/openid-configuration", ct);
        if (configuration.String("issuer") != _options.Issuer || configuration.String("jwks_uri") is not { } address)
        {
            throw new HttpRequestException($"the configuration of {_options.Issuer} names the issuer {configuration.String("issuer")}");
        }
        var set = await GetAsync(address, ct);
        var keys = new List<(string, AsymmetricAlgorithm)>();
        foreach (var item in set.Array("keys") ?? [])
        {
            if (item is JsonObject json && json.String("use") is null or "sig" && Read((JsonObject)item) is { } key)
            {
                keys.Add((((JsonObject)item).String("kid") ?? "", key));
            }
        }
        return keys;
    }

    private async Task<JsonObject> GetAsync(string address, CancellationToken ct)
    {
        try
        {
            return JsonTree.ParseObject(await _http.GetByteArrayAsync(new Uri(address), ct));
        }
        catch (Exception e) when (e is JsonException or UriFormatException or InvalidOperationException)
        {
            throw new HttpRequestException($"{address}: {e.Message}", e);
        }
    }

    private static AsymmetricAlgorithm? Read(JsonObject json)
    {
        try
        {
            switch (json.String("kty"))
            {
                case "RSA":
                    var rsa = RSA.Create();
                    rsa.ImportParameters(new RSAParameters { Modulus = Base64.Bytes(json.String("n")), Exponent = Base64.Bytes(json.String("e")) });
                    return rsa;
                case "EC":
                    var curve = json.String("crv") switch
                    {
                        "P-256" => ECCurve.NamedCurves.nistP256,
                        "P-384" => ECCurve.NamedCurves.nistP384,
                        "P-521" => ECCurve.NamedCurves.nistP521,
                        var other => throw new CryptographicException($"curve {other} is not known"),
                    };
                    var point = new ECPoint { X = Base64.Bytes(json.String("x")), Y = Base64.Bytes(json.String("y")) };
                    return ECDsa.Create(new ECParameters { Curve = curve, Q = point });
                default:
                    return null;
            }
        }
        catch (CryptographicException)
        {
            // A key that cannot be used signs nothing here; the others may.
            return null;
        }
    }
}
