namespace Proa.Api.Kinds;

/// <summary>What a strategy must know of how its kind is served.</summary>
/// <param name="HasStatus">A status that only its subresource writes.</param>
/// <param name="CountsGeneration"><c>metadata.generation</c> begins at 1 and counts changes of the wanted state.</param>
public sealed record KindTraits(bool Namespaced, bool HasStatus, bool CountsGeneration);
