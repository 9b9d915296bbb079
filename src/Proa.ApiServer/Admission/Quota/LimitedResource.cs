using Proa.Api.Json;

namespace Proa.ApiServer.Admission.Quota;

/// <summary>What may be consumed only where a quota limits it. Immutable.</summary>
/// <param name="Collection"><c>pods</c> or <c>deployments.apps</c>.</param>
/// <param name="Contains">The resources whose name has one of these in it.</param>
/// <param name="Scopes">Requirements of a scope selector: objects that meet one.</param>
public sealed record LimitedResource(string Collection, IReadOnlyList<string> Contains, IReadOnlyList<JsonObject> Scopes);
