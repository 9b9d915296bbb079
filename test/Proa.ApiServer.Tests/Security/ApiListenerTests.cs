using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Proa.ApiServer.Pki;
using Proa.ApiServer.Security.Transport;
using Proa.ApiServer.Tests.Pki;

namespace Proa.ApiServer.Tests.Security;

public sealed class ApiListenerTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ClusterPki _pki;

    public ApiListenerTests() => _pki = ClusterPki.LoadOrCreate(new(_directory.Path, [], []), TimeProvider.System);

    public void Dispose()
    {
        _pki.Dispose();
        _directory.Dispose();
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Serve_EitherProtocol_SeesClientCertificateAndBody(string version)
    {
        var answer = await AskAsync(_pki.Admin, client =>
        {
            var request = new HttpRequestMessage(HttpMethod.Post, "/x")
            {
                Version = Version.Parse(version),
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                Content = new StringContent(new string('a', 300_000)),
            };
            return client.SendAsync(request, TestContext.Current.CancellationToken);
        });
        Assert.Equal($"HTTP/{(version == "2.0" ? "2" : version)} O=system:masters, CN=admin 300000", answer);
    }

    [Fact]
    public async Task Serve_WithoutCertificate_Answers() =>
        Assert.EndsWith(" none 0", await AskAsync(null, client => client.GetAsync("/", TestContext.Current.CancellationToken)));

    [Fact]
    public async Task Serve_AddressInUse_Throws()
    {
        using var taken = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var listener = Listener(new(IPAddress.Loopback, ((IPEndPoint)taken.LocalEndpoint).Port));
        await Assert.ThrowsAnyAsync<IOException>(() => listener.RunAsync(() => { }, TestContext.Current.CancellationToken));
    }

    private async Task<string> AskAsync(X509Certificate2? certificate, Func<HttpClient, Task<HttpResponseMessage>> ask)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var started = new TaskCompletionSource();
        var listener = Listener(new(IPAddress.Loopback, 0));
        var running = listener.RunAsync(started.SetResult, stop.Token);
        await started.Task;
        using var handler = new SocketsHttpHandler { SslOptions = new SslClientAuthenticationOptions() };
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        handler.SslOptions.CertificateChainPolicy.CustomTrustStore.Add(_pki.Authority.Certificate);
        if (certificate is not null)
        {
            handler.SslOptions.ClientCertificates = [certificate];
        }
        using var client = new HttpClient(handler) { BaseAddress = new($"https://127.0.0.1:{listener.Addresses[0].Port}") };
        using var response = await ask(client);
        Assert.False(response.Headers.Contains("Server"));
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        await running;
        return text;
    }

    private ApiListener Listener(IPEndPoint address) =>
        new(new([address]), _pki, EchoAsync, TimeProvider.System, NullLoggerFactory.Instance);

    private static async Task EchoAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var name = context.Connection.ClientCertificate?.Subject ?? "none";
        await context.Response.WriteAsync($"{context.Request.Protocol} {name} {body.Length}");
    }
}
