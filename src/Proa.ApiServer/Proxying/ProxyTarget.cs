namespace Proa.ApiServer.Proxying;

/// <summary>Where a proxied request goes.</summary>
internal sealed record ProxyTarget(string Scheme, string Host, int Port)
{
    public string Authority => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";

    /// <summary>Null: it is sent to whoever is there, without a word of who asks.</summary>
    public ProxyPeer? Peer { get; init; }
}
