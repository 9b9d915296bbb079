using System.Text;
using Proa.Api.Json;
using Proa.ApiServer.Security.Authentication;

namespace Proa.ApiServer.Tests.Security;

/// <summary>A whole server with some users that tokens of a file name, for tests of what each may do and is told.</summary>
internal sealed class AccessClient(WholeServer server) : IAsyncDisposable
{
    public const string Rbac = "/apis/rbac.authorization.k8s.io/v1";
    public const string Authorization = "/apis/authorization.k8s.io/v1";
    public const string Authentication = "/apis/authentication.k8s.io/v1";

    public WholeServer Server => server;

    public static async Task<AccessClient> StartAsync() => new(await WholeServer.StartAsync(new StaticTokens(
    [
        "bob-token,bob,bob-uid",
        "imp-token,imp,imp-uid",
        "n1-token,system:node:n1,n1-uid,system:nodes",
        "no-token,system:node:,no-uid,system:nodes",
    ])));

    public ValueTask DisposeAsync() => server.DisposeAsync();

    /// <param name="token">Null: the administrator's.</param>
    public async Task<(int Code, JsonObject Answer)> SendAsync(
        string? token, string method, string path, string? body = null, params (string Name, string Value)[] headers)
    {
        using var response = await RawAsync("Bearer " + (token ?? server.Token), method, path, body, headers);
        var bytes = await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, bytes is [(byte)'{', ..] ? JsonTree.ParseObject(bytes) : new JsonObject { ["text"] = Encoding.UTF8.GetString(bytes) });
    }

    public async Task<HttpResponseMessage> RawAsync(
        string? authorization, string method, string path, string? body = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }
        if (authorization is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }
        return await server.Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    public async Task<JsonObject> MakeAsync(string path, string body)
    {
        var (code, answer) = await SendAsync(null, "POST", path, body);
        Assert.True(code == 201, $"{path}: {code} {answer}");
        return answer;
    }

    /// <summary>Gives a user a cluster role of these rules, and waits until it is in force.</summary>
    public async Task GrantAsync(string user, string rules)
    {
        var name = $"{user}-{Guid.NewGuid():n}";
        await MakeAsync($"{Rbac}/clusterroles", $$$"""{"metadata":{"name":"{{{name}}}"},"rules":[{{{rules}}},{"nonResourceURLs":["/{{{name}}}"],"verbs":["get"]}]}""");
        await MakeAsync($"{Rbac}/clusterrolebindings",
            $$$"""{"metadata":{"name":"{{{name}}}"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"{{{name}}}"},"subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"{{{user}}}"}]}""");
        while (true)
        {
            var (_, review) = await SendAsync(null, "POST", $"{Authorization}/subjectaccessreviews",
                $$$"""{"spec":{"user":"{{{user}}}","nonResourceAttributes":{"path":"/{{{name}}}","verb":"get"} } }""");
            if (review.Object("status")?.Bool("allowed") == true)
            {
                return;
            }
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
        }
    }
}
