using System.Globalization;
using System.Net.Http.Headers;

namespace Proa.Client.Grpc;

/// <summary>Reads a call's status from its trailers, or from its headers when there was nothing else to say.</summary>
internal static class GrpcTrailers
{
    public static GrpcStatus StatusOf(HttpResponseMessage response)
    {
        if (Find(response.TrailingHeaders) is { } trailing)
        {
            return trailing;
        }
        return Find(response.Headers) ?? new(GrpcCode.Unknown, $"HTTP {(int)response.StatusCode} without a gRPC status");
    }

    private static GrpcStatus? Find(HttpHeaders headers)
    {
        if (!headers.TryGetValues("grpc-status", out var values) || !int.TryParse(First(values), CultureInfo.InvariantCulture, out var code))
        {
            return null;
        }
        var message = headers.TryGetValues("grpc-message", out var texts) ? Uri.UnescapeDataString(First(texts)) : "";
        return new((GrpcCode)code, message);
    }

    private static string First(IEnumerable<string> values)
    {
        foreach (var value in values)
        {
            return value;
        }
        return "";
    }
}
