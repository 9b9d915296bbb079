namespace Proa.Api.Apply;

/// <summary>Who writes: an entry of <c>managedFields</c> belongs to one of these and an operation.</summary>
/// <param name="ApiVersion">The version in which the fields are named.</param>
/// <param name="Subresource">Null for the object itself.</param>
public sealed record FieldOwner(string Manager, string ApiVersion, string? Subresource = null);
