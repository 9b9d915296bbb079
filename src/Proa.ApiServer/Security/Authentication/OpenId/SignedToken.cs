using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Proa.Api.Json;

namespace Proa.ApiServer.Security.Authentication.OpenId;

/// <summary>A JSON Web Token taken apart; what it says counts only once its signature has been checked.</summary>
internal sealed class SignedToken
{
    private readonly byte[] _signed;
    private readonly byte[] _signature;

    private SignedToken(JsonObject header, JsonObject claims, byte[] signed, byte[] signature)
    {
        (Algorithm, KeyId, Claims, _signed, _signature) = (header.String("alg") ?? "", header.String("kid") ?? "", claims, signed, signature);
    }

    public string Algorithm { get; }

    public string KeyId { get; }

    public JsonObject Claims { get; }

    /// <returns>Null when the text is no such token.</returns>
    public static SignedToken? Parse(string token)
    {
        var first = token.IndexOf('.');
        var last = token.LastIndexOf('.');
        if (first <= 0 || last <= first || token.AsSpan(first + 1, last - first - 1).Contains('.'))
        {
            return null;
        }
        try
        {
            var header = JsonTree.ParseObject(Base64.Bytes(token.AsSpan(0, first)));
            var claims = JsonTree.ParseObject(Base64.Bytes(token.AsSpan(first + 1, last - first - 1)));
            return new(header, claims, Encoding.ASCII.GetBytes(token[..last]), Base64.Bytes(token.AsSpan(last + 1)));
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public bool IsSignedBy(AsymmetricAlgorithm key)
    {
        var hash = Algorithm switch
        {
            "RS256" or "PS256" or "ES256" => HashAlgorithmName.SHA256,
            "RS384" or "PS384" or "ES384" => HashAlgorithmName.SHA384,
            "RS512" or "PS512" or "ES512" => HashAlgorithmName.SHA512,
            _ => default,
        };
        if (hash == default)
        {
            return false;
        }
        // Keys are not made for use by several threads.
        lock (key)
        {
            return Verify(key, hash);
        }
    }

    private bool Verify(AsymmetricAlgorithm key, HashAlgorithmName hash) => (Algorithm[0], key) switch
    {
        ('R', RSA rsa) => rsa.VerifyData(_signed, _signature, hash, RSASignaturePadding.Pkcs1),
        ('P', RSA rsa) => rsa.VerifyData(_signed, _signature, hash, RSASignaturePadding.Pss),
        ('E', ECDsa ecdsa) => ecdsa.VerifyData(_signed, _signature, hash),
        _ => false,
    };
}
