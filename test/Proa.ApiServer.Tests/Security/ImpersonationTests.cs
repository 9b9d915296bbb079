using Proa.Api.Json;

namespace Proa.ApiServer.Tests.Security;

public sealed class ImpersonationTests : IAsyncLifetime
{
    private const string WhoAmI = AccessClient.Authentication + "/selfsubjectreviews";
    private const string OnReviews = """{"apiGroups":["authentication.k8s.io"],"resources":["selfsubjectreviews"],"verbs":["impersonate-on:user-info:create","impersonate-on:serviceaccount:create","impersonate-on:arbitrary-node:create"]}""";
    private AccessClient _client = null!;

    public async ValueTask InitializeAsync() => _client = await AccessClient.StartAsync();

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    [Fact]
    public async Task Impersonate_WithNoRight_IsRefusedForTheRequestItself()
    {
        Assert.Equal(
            (403, "selfsubjectreviews.authentication.k8s.io is forbidden: User \"bob\" cannot impersonate-on:user-info:create resource \"selfsubjectreviews\" in API group \"authentication.k8s.io\" at the cluster scope"),
            await AskAsync("bob-token", ("Impersonate-User", "jane")));
        Assert.Equal(
            (403, "selfsubjectreviews.authentication.k8s.io is forbidden: User \"bob\" cannot impersonate-on:serviceaccount:create resource \"selfsubjectreviews\" in API group \"authentication.k8s.io\" at the cluster scope"),
            await AskAsync("bob-token", ("Impersonate-User", "system:serviceaccount:ns:a")));
    }

    [Fact]
    public async Task Impersonate_ByTheOldVerb_SaysWhatOfTheUserIsRefused()
    {
        await _client.GrantAsync("imp", """{"apiGroups":[""],"resources":["users"],"resourceNames":["jane"],"verbs":["impersonate"]}""");
        Assert.Equal(201, (await AskAsync("imp-token", ("Impersonate-User", "jane"))).Code);
        Assert.Equal(
            (403, "groups \"g\" is forbidden: User \"imp\" cannot impersonate resource \"groups\" in API group \"\" at the cluster scope"),
            await AskAsync("imp-token", ("Impersonate-User", "jane"), ("Impersonate-Group", "g")));
        Assert.Equal(
            (403, "users \"system:serviceaccount:NS:a\" is forbidden: User \"imp\" cannot impersonate resource \"users\" in API group \"\" at the cluster scope"),
            await AskAsync("imp-token", ("Impersonate-User", "system:serviceaccount:NS:a")));
    }

    [Fact]
    public async Task Impersonate_ForSomeRequestsOnly_PassesThoseAlone()
    {
        await _client.GrantAsync("imp", OnReviews + """,{"apiGroups":["authentication.k8s.io"],"resources":["users","groups"],"resourceNames":["carl","g"],"verbs":["impersonate:user-info"]}""");
        var (code, answer) = await _client.SendAsync("imp-token", "POST", WhoAmI, "{}", ("Impersonate-User", "carl"), ("Impersonate-Group", "g"));
        Assert.Equal(201, code);
        Assert.Equal("""{"username":"carl","groups":["g","system:authenticated"]}""", answer.Object("status")!["userInfo"]!.ToString());
        (code, answer) = await _client.SendAsync("imp-token", "GET", "/api/v1/pods", null, ("Impersonate-User", "carl"));
        Assert.Equal(
            (403, "pods is forbidden: User \"imp\" cannot impersonate-on:user-info:list resource \"pods\" in API group \"\" at the cluster scope"),
            (code, answer.String("message")));
    }

    [Theory]
    [InlineData("Impersonate-Group", "", "groups.authentication.k8s.io is forbidden: impersonating the empty string group is not allowed")]
    [InlineData("Impersonate-Group", "system:masters", "groups.authentication.k8s.io \"system:masters\" is forbidden: impersonating the system:masters group is not allowed")]
    [InlineData("Impersonate-Extra-a", "b", "userextras.authentication.k8s.io is forbidden: impersonating an invalid key in extra is not allowed: extra.key: Invalid value: \"a\": must be a domain-prefixed path (such as \"acme.io/foo\")")]
    [InlineData("Impersonate-Extra-a.io%2fb", "", "userextras.authentication.k8s.io is forbidden: impersonating the empty string value in extra is not allowed")]
    public async Task Impersonate_ForSomeRequestsOnly_RefusesWhatNobodyMayBe(string header, string value, string message)
    {
        await _client.GrantAsync("imp", OnReviews + """,{"apiGroups":["authentication.k8s.io"],"resources":["*","userextras/*"],"verbs":["impersonate:user-info"]}""");
        Assert.Equal(201, (await AskAsync("imp-token", ("Impersonate-User", "carl"))).Code);
        var (code, text) = await AskAsync("imp-token", ("Impersonate-User", "carl"), (header, value));
        var (subject, reason) = (message[..message.IndexOf(" is forbidden: ", StringComparison.Ordinal)], message[(message.IndexOf(": ", StringComparison.Ordinal) + 2)..]);
        Assert.Equal(403, code);
        Assert.StartsWith(subject + " is forbidden: User \"imp\" cannot impersonate:user-info resource", text, StringComparison.Ordinal);
        Assert.EndsWith(reason, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Impersonate_NodeOrAccountForSomeRequests_HasItsOwnGroups()
    {
        await _client.GrantAsync("imp", OnReviews + """
            ,{"apiGroups":["authentication.k8s.io"],"resources":["nodes"],"resourceNames":["n5"],"verbs":["impersonate:arbitrary-node"]},
            {"apiGroups":["authentication.k8s.io"],"resources":["serviceaccounts"],"resourceNames":["a"],"verbs":["impersonate:serviceaccount"]}
            """);
        var (_, node) = await _client.SendAsync("imp-token", "POST", WhoAmI, "{}", ("Impersonate-User", "system:node:n5"));
        Assert.Equal("""["system:nodes","system:authenticated"]""", Groups(node));
        var (_, account) = await _client.SendAsync("imp-token", "POST", WhoAmI, "{}", ("Impersonate-User", "system:serviceaccount:ns:a"));
        Assert.Equal("""["system:serviceaccounts","system:serviceaccounts:ns","system:authenticated"]""", Groups(account));

        // With groups of the user's own choice it is neither.
        Assert.Equal(403, (await AskAsync("imp-token", ("Impersonate-User", "system:node:n5"), ("Impersonate-Group", "g"))).Code);
    }

    [Fact]
    public async Task Impersonate_OwnNodeByAccount_NeedsTheRightForAnyNode()
    {
        await _client.MakeAsync("/api/v1/namespaces", """{"metadata":{"name":"ns"}}""");
        await _client.MakeAsync("/api/v1/namespaces/ns/serviceaccounts", """{"metadata":{"name":"agent"}}""");
        await _client.MakeAsync("/api/v1/nodes", """{"metadata":{"name":"n1"}}""");
        await _client.MakeAsync("/api/v1/namespaces/ns/pods", """{"metadata":{"name":"p"},"spec":{"serviceAccountName":"agent","automountServiceAccountToken":false,"nodeName":"n1","containers":[{"name":"c","image":"i"}]}}""");
        var issued = await _client.MakeAsync("/api/v1/namespaces/ns/serviceaccounts/agent/token", """{"spec":{"boundObjectRef":{"apiVersion":"v1","kind":"Pod","name":"p"}}}""");
        var token = issued.Object("status")!.String("token")!;
        await _client.GrantAsync("system:serviceaccount:ns:agent", """
            {"apiGroups":["authentication.k8s.io"],"resources":["nodes"],"verbs":["impersonate:associated-node"]},
            {"apiGroups":["authentication.k8s.io"],"resources":["selfsubjectreviews"],"verbs":["impersonate-on:associated-node:create"]}
            """);
        var (code, answer) = await _client.SendAsync(token, "POST", WhoAmI, "{}", ("Impersonate-User", "system:node:n1"));
        Assert.Equal((201, """["system:nodes","system:authenticated"]"""), (code, Groups(answer)));
        Assert.Equal(403, (await AskAsync(token, ("Impersonate-User", "system:node:n2"))).Code);
    }

    [Theory]
    [InlineData("Impersonate-User", "", 201)]
    [InlineData("Impersonate-Foo", "x", 201)]
    [InlineData("Impersonate-Uid", "x", 400)]
    [InlineData("Impersonate-Group", "", 400)]
    public async Task Impersonate_WithoutName_IsAskedOnlyByWhatNamesAPart(string header, string value, int code) =>
        Assert.Equal(code, (await AskAsync("bob-token", (header, value))).Code);

    private static string Groups(JsonObject review) => review.Object("status")!.Object("userInfo")!["groups"]!.ToString()!;

    private async Task<(int Code, string? Message)> AskAsync(string token, params (string, string)[] headers)
    {
        var (code, answer) = await _client.SendAsync(token, "POST", WhoAmI, "{}", headers);
        return (code, answer.String("message"));
    }
}
