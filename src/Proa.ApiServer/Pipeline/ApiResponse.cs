using System.Text;
using Microsoft.AspNetCore.Http;
using Proa.Api.Json;
using Proa.Api.Models;
using Proa.Api.Models.Meta;

namespace Proa.ApiServer.Pipeline;

/// <summary>An answer, free of its transport.</summary>
public abstract class ApiResponse(int code)
{
    public const string Json = "application/json";

    // Errors of the original that are texts say that they are nothing else.
    private static readonly KeyValuePair<string, string>[] s_plainError = [new("X-Content-Type-Options", "nosniff")];

    public int Code { get; } = code;

    public string ContentType { get; init; } = Json;

    /// <summary>Texts of <c>Warning: 299</c> headers.</summary>
    public IReadOnlyList<string> Warnings { get; internal set; } = [];

    /// <summary>Further headers, such as ETag.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    public static BytesResponse Ok(ReadOnlyMemory<byte> json) => new(200, json);

    public static BytesResponse Of(int code, JsonValue json) => new(code, JsonTree.ToUtf8(json));

    public static BytesResponse Text(int code, string text) =>
        new(code, Encoding.UTF8.GetBytes(text)) { ContentType = "text/plain; charset=utf-8", Headers = code >= 400 ? s_plainError : [] };

    /// <summary>An error, or a success that is told by a Status.</summary>
    public static BytesResponse Of(Status status, int code = 0) =>
        new(code != 0 ? code : status.Code ?? 500, Model.ToUtf8(status)) { Status = status.StatusValue == "Success" ? null : status };
}

/// <summary>A body that exists as a whole.</summary>
public sealed class BytesResponse(int code, ReadOnlyMemory<byte> body) : ApiResponse(code)
{
    public ReadOnlyMemory<byte> Body { get; } = body;

    /// <summary>The error that <see cref="Body"/> tells, if it is one.</summary>
    public Status? Status { get; init; }
}

/// <summary>A body that only HTTP can carry (log streams, upgrades); it sets the status code and headers itself.</summary>
public sealed class StreamResponse(Func<HttpContext, CancellationToken, Task> run) : ApiResponse(200)
{
    public Func<HttpContext, CancellationToken, Task> Run { get; } = run;
}
