namespace Proa.ApiServer.Pki;

/// <summary>A file of the PKI is there but cannot be used; it is never replaced silently, as clients trust it.</summary>
public sealed class PkiException(string path, Exception inner)
    : Exception($"{path} cannot be used: {inner.Message}. Restore it from a backup; or remove it to have a new one made, after which clients need a new kubeconfig.", inner)
{
    public string Path { get; } = path;
}
