namespace Proa.Node.Images;

/// <summary>A login at a registry.</summary>
internal sealed record RegistryCredential(string Username, string Password, string? IdentityToken = null);
