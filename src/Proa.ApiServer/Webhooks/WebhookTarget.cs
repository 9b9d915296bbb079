using Proa.Api.Json;

namespace Proa.ApiServer.Webhooks;

/// <summary>Where a webhook is: a URL, or a Service of the cluster; and whose certificate it shows. Immutable; equal ones share connections.</summary>
/// <param name="Authority">PEM; empty: the system's authorities.</param>
internal sealed record WebhookTarget(string Url, string ServiceNamespace, string ServiceName, int Port, string Path, string Authority)
{
    public bool IsService => ServiceName.Length > 0;

    /// <summary>The address that is asked, as refusals name it.</summary>
    public string Address => IsService ? $"https://{HostName}:{Port}/{Path.TrimStart('/')}" : Url;

    /// <summary>The name that a service's certificate is for.</summary>
    public string HostName => $"{ServiceName}.{ServiceNamespace}.svc";

    /// <summary>Of a <c>clientConfig</c>; null: it names no place.</summary>
    public static WebhookTarget? Of(JsonObject? config)
    {
        var authority = "";
        if (config?.String("caBundle") is { Length: > 0 } bundle)
        {
            var bytes = new byte[bundle.Length];
            authority = Convert.TryFromBase64String(bundle, bytes, out var length) ? System.Text.Encoding.UTF8.GetString(bytes, 0, length) : "";
        }
        if (config?.Object("service") is { } service)
        {
            return new("", service.String("namespace") ?? "", service.String("name") ?? "", (int)(service.Int("port") ?? 443), service.String("path") ?? "", authority);
        }
        return config?.String("url") is { Length: > 0 } url ? new(url, "", "", 0, "", authority) : null;
    }
}
