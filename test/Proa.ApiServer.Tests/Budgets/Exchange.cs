using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Proa.ApiServer.Tests.Budgets;

/// <summary>A request as it comes from the wire, without the wire.</summary>
internal static class Exchange
{
    public static DefaultHttpContext Of(string method, string target, string token, ReadOnlyMemory<byte> body = default)
    {
        var context = new DefaultHttpContext();
        var query = target.IndexOf('?');
        var request = context.Features.GetRequiredFeature<IHttpRequestFeature>();
        request.Method = method;
        request.RawTarget = target;
        request.Path = query < 0 ? target : target[..query];
        request.QueryString = query < 0 ? "" : target[query..];
        request.Headers.Authorization = token;
        request.Headers.UserAgent = "kubectl/v1.36.2";
        request.Headers.Accept = "application/json";
        context.Response.Body = Stream.Null;
        if (!body.IsEmpty)
        {
            request.Headers.ContentType = "application/json";
            request.Headers.ContentLength = body.Length;
            request.Body = new MemoryStream(body.ToArray());
            context.Features.Set<IHttpRequestBodyDetectionFeature>(HasBody.Instance);
        }
        return context;
    }

    public static byte[] ConfigMap(string name) => Encoding.UTF8.GetBytes(
        $$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{{name}}}"},"data":{"value":"{{{new string('x', 330)}}}"}}""");

    private sealed class HasBody : IHttpRequestBodyDetectionFeature
    {
        public static readonly HasBody Instance = new();

        public bool CanHaveBody => true;
    }
}
