using System.IO.Compression;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Proa.ApiServer.Pipeline;

namespace Proa.ApiServer.OpenApi;

/// <summary>A document of which only the compressed bytes are kept: nearly all clients take them as they are.</summary>
internal sealed class PackedDocument
{
    private readonly byte[] _gzip;
    private readonly string _contentType;
    private readonly string _tag;

    public PackedDocument(ReadOnlySpan<byte> content, string contentType)
    {
        _contentType = contentType;
        _tag = $"\"{Convert.ToHexString(SHA256.HashData(content))}\"";
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write(content);
        }
        _gzip = packed.ToArray();
    }

    /// <param name="immutable">The URL names this very content, so it may be kept for good.</param>
    public ApiResponse Answer(ApiRequest request, bool immutable)
    {
        if (request.Http is not { } http)
        {
            using var unpacked = new MemoryStream();
            Unpack().CopyTo(unpacked);
            return new BytesResponse(200, unpacked.ToArray()) { ContentType = _contentType };
        }
        return http.Request.Headers.IfNoneMatch.ToString() == _tag
            ? new BytesResponse(304, default) { ContentType = _contentType, Headers = [new("ETag", _tag)] }
            : new StreamResponse((context, ct) => SendAsync(context, immutable, ct));
    }

    private async Task SendAsync(HttpContext context, bool immutable, CancellationToken ct)
    {
        var headers = context.Response.Headers;
        context.Response.ContentType = _contentType;
        headers.ETag = _tag;
        headers.Vary = "Accept";
        headers.CacheControl = immutable ? "public, immutable" : "no-cache, private";
        if (context.Request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.Ordinal))
        {
            headers.ContentEncoding = "gzip";
            context.Response.ContentLength = _gzip.Length;
            await context.Response.Body.WriteAsync(_gzip, ct);
            return;
        }
        await Unpack().CopyToAsync(context.Response.Body, ct);
    }

    private GZipStream Unpack() => new(new MemoryStream(_gzip), CompressionMode.Decompress);
}
