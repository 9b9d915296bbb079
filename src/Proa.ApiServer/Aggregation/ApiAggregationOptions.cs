using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Proa.ApiServer.Security.Authentication;
using Proa.ApiServer.Types;
using Proa.Store;

namespace Proa.ApiServer.Aggregation;

/// <summary>What aggregation is made of.</summary>
public sealed record ApiAggregationOptions
{
    public required IObjectStore Store { get; init; }

    public required ITypeCatalog Types { get; init; }

    public required TimeProvider Clock { get; init; }

    public required ILoggerFactory Logging { get; init; }

    /// <summary>What this server shows to extension servers, with its private key; null: nothing, and they take it for nobody.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>Told to extension servers; null: they are told only whom to trust as clients.</summary>
    public FrontProxyOptions? FrontProxy { get; init; }

    /// <summary>The authority of client certificates, as extension servers are told; null: they are told nothing at all.</summary>
    public string? AuthorityPem { get; init; }

    public Random Random { get; init; } = Random.Shared;
}
