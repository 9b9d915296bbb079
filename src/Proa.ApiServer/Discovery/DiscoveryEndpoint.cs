using Proa.ApiServer.Aggregation;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Types;

namespace Proa.ApiServer.Discovery;

/// <summary>
/// <c>/api</c>, <c>/apis</c> and below: what is served, by other servers too. Documents are made at their first request and kept as
/// bytes until the set of types changes.
/// </summary>
public sealed class DiscoveryEndpoint(ITypeCatalog catalog, string serverAddress, ApiAggregation? aggregation = null) : IPathEndpoint
{
    private DiscoverySnapshot? _snapshot;

    public ValueTask<ApiResponse?> TryHandleAsync(ApiRequest request, CancellationToken ct)
    {
        var path = request.Path is "/index.html" ? [] : request.Path.AsSpan().TrimEnd('/');
        if (!path.StartsWith("/api") && !path.IsEmpty)
        {
            return new((ApiResponse?)null);
        }
        var snapshot = Current();
        if (path is "/api" or "/apis" && AggregatedVersion(request.Accept) is { } version)
        {
            // The original has left the beta version behind.
            return new(version == "v2" ? Aggregated(request, snapshot.InOne(path.ToString(), version), version)
                : ApiResponse.Of(Statuses.NotAcceptableForm("application/json, application/yaml, application/vnd.kubernetes.protobuf")));
        }
        return new(snapshot.Find(path.ToString()) is { } document ? ApiResponse.Ok(document)
            : snapshot.Has(path) ? ApiResponse.Of(Statuses.NoSuchResource())
            : null);
    }

    private DiscoverySnapshot Current()
    {
        var (types, groups) = (catalog.All, aggregation?.Groups ?? AggregatedGroups.None);
        var snapshot = _snapshot;
        if (snapshot is null || !ReferenceEquals(snapshot.Types, types) || !ReferenceEquals(snapshot.Aggregated, groups))
        {
            _snapshot = snapshot = new(types, groups, serverAddress);
        }
        return snapshot;
    }

    // application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;...;v=v2beta1;...,application/json
    private static string? AggregatedVersion(string accept)
    {
        string? found = null;
        foreach (var range in accept.AsSpan().Split(','))
        {
            var type = accept.AsSpan()[range];
            if (!type.Contains("as=APIGroupDiscoveryList", StringComparison.Ordinal) || !type.Contains("application/json", StringComparison.Ordinal))
            {
                if (type.Trim() is "application/json" or "*/*")
                {
                    return null;
                }
                continue;
            }
            if (!type.Contains("v=v2beta1", StringComparison.Ordinal))
            {
                return "v2";
            }
            found = "v2beta1";
        }
        return found;
    }

    private static ApiResponse Aggregated(ApiRequest request, TaggedDocument document, string version)
    {
        KeyValuePair<string, string>[] headers = [new("ETag", document.Tag), new("Vary", "Accept"), new("Cache-Control", "public")];
        var contentType = $"application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList";
        return request.Http?.Request.Headers.IfNoneMatch.ToString() == document.Tag
            ? new BytesResponse(304, default) { Headers = headers, ContentType = contentType }
            : new BytesResponse(200, document.Json) { Headers = headers, ContentType = contentType };
    }
}
