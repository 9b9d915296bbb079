using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Verbs;

namespace Proa.ApiServer.Subresources;

/// <summary>Answers requests for one subresource, such as <c>pods/binding</c>. Thread-safe.</summary>
internal interface ISubresource
{
    ValueTask<ApiResponse> HandleAsync(RequestScope scope, CancellationToken ct);
}
