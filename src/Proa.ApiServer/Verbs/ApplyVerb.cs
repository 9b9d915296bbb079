using Proa.ApiServer.Pipeline;

namespace Proa.ApiServer.Verbs;

/// <summary>Server-side apply: the fields that a manager names become its own.</summary>
internal sealed class ApplyVerb
{
    public ValueTask<ApiResponse> HandleAsync(RequestScope scope, CancellationToken ct) =>
        new(ApiResponse.Of(Statuses.UnsupportedMediaType("415: Unsupported Media Type", Statuses.NoDetails)));
}
