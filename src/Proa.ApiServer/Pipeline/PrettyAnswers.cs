using System.Buffers;
using Microsoft.AspNetCore.Http;
using Proa.Api.Json;

namespace Proa.ApiServer.Pipeline;

/// <summary>
/// Indents JSON for people: for those who ask by <c>pretty</c>, and for browsers and the usual tools of the command line unless
/// they decline. An error that has no form which the client accepts is always indented. Pure.
/// </summary>
internal static class PrettyAnswers
{
    public static ApiResponse Of(ApiResponse answer, RequestInfo info, RequestQuery query, HttpRequest request)
    {
        if (answer is not (BytesResponse or ListResponse) || !answer.ContentType.StartsWith(ApiResponse.Json, StringComparison.Ordinal))
        {
            return answer;
        }
        var accept = request.Headers.Accept.ToString();
        var error = answer is BytesResponse { Status: not null };
        if (!error && !info.IsResource && !IsDiscovery(info.Path))
        {
            return answer;
        }
        if (!Wants(query["pretty"], request.Headers.UserAgent.ToString(), accept) && !(error && MediaType.Negotiate(accept, protobuf: true, AnswerForms.Object) is null))
        {
            return answer;
        }
        switch (answer)
        {
            case BytesResponse { Body.Length: > 0 } bytes:
                return new BytesResponse(bytes.Code, JsonTree.Indented(bytes.Body.Span))
                {
                    ContentType = bytes.ContentType,
                    Status = bytes.Status,
                    Warnings = bytes.Warnings,
                    Headers = bytes.Headers,
                };
            case ListResponse list:
                var output = new ArrayBufferWriter<byte>(16 * 1024);
                list.WriteTo(output);
                return new BytesResponse(list.Code, JsonTree.Indented(output.WrittenSpan)) { Warnings = list.Warnings, Headers = list.Headers };
            default:
                return answer;
        }
    }

    private static bool Wants(string? asked, string userAgent, string accept)
    {
        if (accept.Contains("pretty=1", StringComparison.Ordinal))
        {
            return true;
        }
        if (!string.IsNullOrEmpty(asked))
        {
            return asked is "1" or "t" or "T" or "true" or "True" or "TRUE";
        }
        return userAgent.StartsWith("curl", StringComparison.Ordinal) || userAgent.StartsWith("Wget", StringComparison.Ordinal)
            || userAgent.StartsWith("Mozilla/5.0", StringComparison.Ordinal);
    }

    private static bool IsDiscovery(string path) => path is "/api" or "/apis" || path.StartsWith("/api/", StringComparison.Ordinal) || path.StartsWith("/apis/", StringComparison.Ordinal);
}
