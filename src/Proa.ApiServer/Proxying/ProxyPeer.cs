using System.Net.Http.Headers;

namespace Proa.ApiServer.Proxying;

/// <summary>A server that serves a part of this one's API: it is told who asks, and what it answers is this server's answer.</summary>
/// <param name="Client">Knows its certificate, and shows it this server's.</param>
/// <param name="HostName">What its certificate is for.</param>
/// <param name="Keeps">Whether a header of the client's may reach it.</param>
/// <param name="Introduce">Adds the headers that say who asks.</param>
internal sealed record ProxyPeer(HttpMessageInvoker Client, string HostName, Func<string, bool> Keeps, Action<HttpRequestHeaders> Introduce);
