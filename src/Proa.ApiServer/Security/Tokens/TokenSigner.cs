using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Proa.Api.Json;

namespace Proa.ApiServer.Security.Tokens;

/// <summary>JSON Web Tokens signed with ECDSA P-256 (ES256). Thread-safe.</summary>
internal sealed class TokenSigner
{
    private readonly ECDsa _key;
    private readonly Lock _lock = new();
    private readonly string _header;

    public TokenSigner(ECDsa key)
    {
        _key = key;
        KeyId = Base64Url.EncodeToString(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));
        _header = Base64Url.EncodeToString(Encoding.ASCII.GetBytes($$"""{"alg":"ES256","kid":"{{KeyId}}"}"""));
    }

    public string KeyId { get; }

    public string Sign(JsonObject claims)
    {
        var signed = $"{_header}.{Base64Url.EncodeToString(JsonTree.ToUtf8(claims))}";
        byte[] signature;
        lock (_lock)
        {
            signature = _key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256);
        }
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }

    /// <returns>The claims, or null when this key did not sign the token.</returns>
    public JsonObject? Verify(string token)
    {
        var last = token.LastIndexOf('.');
        var first = token.IndexOf('.');
        // The header is compared whole: no other algorithm, key or option is ever accepted.
        if (first <= 0 || last <= first || !token.AsSpan(0, first).SequenceEqual(_header))
        {
            return null;
        }
        var signature = Authentication.Base64.Bytes(token.AsSpan(last + 1));
        bool good;
        lock (_lock)
        {
            good = signature.Length == 64 && _key.VerifyData(Encoding.UTF8.GetBytes(token[..last]), signature, HashAlgorithmName.SHA256);
        }
        return good ? JsonTree.ParseObject(Authentication.Base64.Bytes(token.AsSpan(first + 1, last - first - 1))) : null;
    }

    /// <summary>Who issued a token by its own word, which nothing proves; null where it has none that can be read.</summary>
    public static string? IssuerIn(string token)
    {
        try
        {
            return token.Split('.') is [_, var claims, _] ? (JsonTree.Parse(Authentication.Base64.Bytes(claims)) as JsonObject)?.String("iss") : null;
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }

    /// <summary>The public key as a JSON Web Key.</summary>
    public JsonObject PublicKey()
    {
        var point = _key.ExportParameters(includePrivateParameters: false).Q;
        return new()
        {
            ["use"] = "sig",
            ["kty"] = "EC",
            ["kid"] = KeyId,
            ["crv"] = "P-256",
            ["alg"] = "ES256",
            ["x"] = Base64Url.EncodeToString(point.X),
            ["y"] = Base64Url.EncodeToString(point.Y),
        };
    }
}
