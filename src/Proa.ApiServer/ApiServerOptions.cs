using Microsoft.Extensions.Logging;
using Proa.ApiServer.Admission;
using Proa.ApiServer.Aggregation;
using Proa.ApiServer.Audit;
using Proa.ApiServer.Fairness;
using Proa.ApiServer.Metrics;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Security;
using Proa.ApiServer.Tables;
using Proa.ApiServer.Types;
using Proa.ApiServer.Virtual;
using Proa.Client.Node;
using Proa.Store;

namespace Proa.ApiServer;

/// <summary>What an API server is made of. What is null is left out: no authenticator, and everybody is anonymous; no
/// authorizer, and everything is allowed (for tests).</summary>
public sealed record ApiServerOptions
{
    public required IObjectStore Store { get; init; }

    public required TypeCatalog Types { get; init; }

    public required TimeProvider Clock { get; init; }

    public required ILoggerFactory Logging { get; init; }

    public IAuthenticator? Authenticator { get; init; }

    public IAuthorizer? Authorizer { get; init; }

    public ITokenIssuer? TokenIssuer { get; init; }

    public ITableRenderer? Tables { get; init; }

    /// <summary>Null: APIServices are objects like others, and nothing is handed on.</summary>
    public ApiAggregation? Aggregation { get; init; }

    /// <summary>Health, version, discovery, OpenAPI; asked in order.</summary>
    public IReadOnlyList<IPathEndpoint> Endpoints { get; init; } = [];

    public IReadOnlyList<IVirtualResource> VirtualResources { get; init; } = [];

    /// <summary>The node agent of a node by its name, for logs, exec, attach and port-forward; null when there is none here.</summary>
    public Func<string, INodeApi?> Nodes { get; init; } = static _ => null;

    /// <summary>
    /// Other servers serve the same store: what only one of them may give out is written down there before it is used.
    /// </summary>
    public bool OneOfSeveral { get; init; }

    /// <summary>IPv4 range of Service addresses, such as <c>10.96.0.0/16</c>.</summary>
    public string ServiceRange { get; init; } = "10.96.0.0/16";

    public int NodePortFirst { get; init; } = 30000;

    public int NodePortLast { get; init; } = 32767;

    /// <summary>Lets proxy subresources lead to loopback; for tests.</summary>
    internal bool AllowLoopbackProxy { get; init; }

    public AdmissionSettings Admission { get; init; } = AdmissionSettings.Default;

    public RequestMetrics Metrics { get; init; } = new();

    /// <summary>Null: requests never wait for each other.</summary>
    public FlowControl? Flow { get; init; }

    /// <summary>Null: nothing is recorded.</summary>
    public AuditLog? Audit { get; init; }

    /// <summary>How long a request may take that is no watch or stream.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>A source of chance that may be used from several threads, such as <see cref="Random.Shared"/>.</summary>
    public Random Random { get; init; } = Random.Shared;
}
