using System.Security.Cryptography;

namespace Proa.ApiServer.Discovery;

/// <summary>A document with its entity tag, quotes included.</summary>
internal sealed record TaggedDocument(byte[] Json, string Tag)
{
    public static TaggedDocument Of(byte[] json) => new(json, $"\"{Convert.ToHexString(SHA512.HashData(json))}\"");
}
