using Proa.Api.Json;

namespace Proa.ApiServer.Aggregation;

/// <summary>A server that serves a part of the API, as an APIService names it. Immutable; equal ones share connections.</summary>
/// <param name="Authorities">PEM; empty: the system's.</param>
/// <param name="Unverified">Whatever certificate it shows is taken.</param>
internal sealed record ExtensionServer(string Namespace, string Service, int Port, string Authorities, bool Unverified)
{
    /// <summary>The name that its certificate must be for.</summary>
    public string HostName => $"{Service}.{Namespace}.svc";

    /// <returns>Null: the APIService is local.</returns>
    public static ExtensionServer? Of(JsonObject spec)
    {
        if (spec.Object("service") is not { } service)
        {
            return null;
        }
        var bundle = spec.String("caBundle") ?? "";
        var bytes = new byte[bundle.Length];
        var authorities = Convert.TryFromBase64String(bundle, bytes, out var length) ? System.Text.Encoding.UTF8.GetString(bytes, 0, length) : "";
        return new(
            service.String("namespace") ?? "", service.String("name") ?? "", (int)(service.Int("port") ?? 443), authorities,
            spec.Bool("insecureSkipTLSVerify") == true);
    }
}
