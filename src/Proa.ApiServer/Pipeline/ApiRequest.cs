using Microsoft.AspNetCore.Http;
using Proa.ApiServer.Audit;
using Proa.ApiServer.Security;

namespace Proa.ApiServer.Pipeline;

/// <summary>A request, free of its transport: it came over HTTP or from a client in this process.</summary>
public sealed class ApiRequest
{
    /// <summary>The HTTP method, in upper case.</summary>
    public required string Method { get; init; }

    public required RequestInfo Info { get; init; }

    public required UserInfo User { get; init; }

    public string Path => Info.Path;

    public RequestQuery Query { get; init; } = RequestQuery.Empty;

    /// <summary>The Accept header; empty: anything.</summary>
    public string Accept { get; init; } = "";

    public string ContentType { get; init; } = "";

    public string UserAgent { get; init; } = "";

    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The connection, for streams and upgrades; null in-process.</summary>
    public HttpContext? Http { get; init; }

    /// <summary>What is recorded of the request; null: nothing.</summary>
    public AuditEvent? Audit { get; set; }

    /// <summary>Notes something for the audit log.</summary>
    public void Annotate(string key, string value, AuditLevel from) => Audit?.Annotate(key, value, from);

    /// <summary>True for clients in this process, who take whole objects and need no framing.</summary>
    public bool InProcess => Http is null;
}
