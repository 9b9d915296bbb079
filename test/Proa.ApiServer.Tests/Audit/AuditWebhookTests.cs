using Proa.Api.Json;
using Proa.ApiServer.Audit;
using Proa.ApiServer.Tests.Pki;
using Proa.ApiServer.Tests.Webhooks;
using Proa.Client.Http;

namespace Proa.ApiServer.Tests.Audit;

public sealed class AuditWebhookTests
{
    [Fact]
    public async Task Events_AreSentTogetherAndAtTheEnd()
    {
        await using var hooks = await HookServer.StartAsync();
        hooks.Answer("/", _ => Task.FromResult((200, "{}")));
        using var folder = new TemporaryDirectory();
        using var log = new AuditLog(
            AuditPolicy.Read("apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules: [{level: Metadata}]"), null, TimeProvider.System, Connection(hooks, folder));
        using var stop = new CancellationTokenSource();
        var running = log.RunAsync(stop.Token);
        await using (var server = await TestServer.StartAsync(options => options with { Audit = log }))
        {
            await server.NamespaceAsync("a");
            await server.ExpectAsync(201, "POST", "/api/v1/namespaces/a/configmaps", """{"metadata":{"name":"m"}}""");
        }
        await stop.CancelAsync();
        await running;

        var items = hooks.Seen.SelectMany(static seen => seen.Review.Array("items")!.OfType<JsonObject>()).ToList();
        Assert.All(hooks.Seen, static seen => Assert.Equal("EventList", seen.Review.String("kind")));
        Assert.Equal(["namespaces", "serviceaccounts", "configmaps"], items.Select(static item => item.Object("objectRef")!.String("resource")));
    }

    [Fact]
    public async Task Events_ThatNobodyTakes_AreCountedAsLost()
    {
        await using var hooks = await HookServer.StartAsync();
        hooks.Answer("/", _ => Task.FromResult((500, "")));
        using var folder = new TemporaryDirectory();
        using var webhook = new AuditWebhook(Connection(hooks, folder), TimeSpan.FromHours(1), TimeProvider.System);
        webhook.Add("{}"u8.ToArray());
        webhook.Add("{}"u8.ToArray());
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        await webhook.RunAsync(stop.Token);
        Assert.Equal(2, webhook.Errors.Value);
    }

    private static KubeConfig Connection(HookServer hooks, TemporaryDirectory folder)
    {
        var file = Path.Combine(folder.Path, "kubeconfig");
        File.WriteAllText(file, $$"""
            {"current-context":"c","contexts":[{"name":"c","context":{"cluster":"k"} }],
            "clusters":[{"name":"k","cluster":{"server":"https://127.0.0.1:{{hooks.Port}}/","certificate-authority-data":"{{hooks.CaBundle}}"} }]}
            """);
        return KubeConfig.Load(file);
    }
}
