using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Verbs;

namespace Proa.ApiServer.Subresources;

/// <summary>
/// A subresource that is a part of the object and exchanges the whole object (<c>status</c>, <c>approval</c>): the verbs know
/// from its name which part may change.
/// </summary>
internal sealed class PartSubresource(VerbSet verbs) : ISubresource
{
    public ValueTask<ApiResponse> HandleAsync(RequestScope scope, CancellationToken ct) => verbs.HandleAsync(scope, ct);
}
