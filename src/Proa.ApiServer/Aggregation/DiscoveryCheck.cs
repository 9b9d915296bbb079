using Proa.ApiServer.Proxying;
using Proa.ApiServer.Security;
using Proa.ApiServer.Webhooks;

namespace Proa.ApiServer.Aggregation;

/// <summary>Whether an extension server answers for the version that it is named for. Thread-safe.</summary>
internal sealed class DiscoveryCheck(ExtensionClient client, TimeProvider clock)
{
    /// <summary>Who this server is where it asks on its own account.</summary>
    public static readonly UserInfo Aggregator = new("system:kube-aggregator", [UserInfo.AdministratorsGroup]);

    // One endpoint of several that hangs must not condemn the others: the first that answers is enough.
    private const int Attempts = 5;
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(5);

    public async Task<AvailableCondition> RunAsync(ApiService service, CancellationToken ct)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var attempts = new List<Task<string?>>();
        for (var i = 0; i < Attempts; i++)
        {
            attempts.Add(AttemptAsync(service, enough.Token));
        }
        string? error = null;
        while (attempts.Count > 0)
        {
            var done = await Task.WhenAny(attempts);
            attempts.Remove(done);
            error = await done;
            if (error is null)
            {
                break;
            }
        }
        await enough.CancelAsync();
        await Task.WhenAll(attempts);
        ct.ThrowIfCancellationRequested();
        if (error is null)
        {
            return AvailableCondition.Passed;
        }
        client.Renew(service.Server!);
        return AvailableCondition.Failed("FailedDiscoveryCheck", error);
    }

    /// <returns>Null: it answers.</returns>
    private async Task<string?> AttemptAsync(ApiService service, CancellationToken ct)
    {
        var server = service.Server!;
        ProxyTarget target;
        try
        {
            target = client.Locate(server);
        }
        catch (WebhookCallException e)
        {
            return e.Message;
        }
        var path = $"/apis/{service.GroupVersion}";
        var url = $"{target.Scheme}://{target.Authority}{path}";
        using var late = new CancellationTokenSource(s_timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, late.Token);
        try
        {
            using var request = ExtensionClient.Request(HttpMethod.Get, server, target, path, Aggregator);
            using var response = await client.SendAsync(server, request, either.Token);
            return (int)response.StatusCode is >= 200 and < 300
                ? null
                : $"failing or missing response from {url}: bad status from {url}: {(int)response.StatusCode}";
        }
        catch (OperationCanceledException)
        {
            return $"failing or missing response from {url}: Get \"{url}\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)";
        }
        catch (HttpRequestException e)
        {
            return $"failing or missing response from {url}: Get \"{url}\": {ConnectionFailure.Text(e, target)}";
        }
    }
}
