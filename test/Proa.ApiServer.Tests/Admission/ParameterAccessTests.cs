using System.Net.Http.Headers;
using System.Text;
using Proa.Api.Json;
using Proa.ApiServer.Tests.Security;

namespace Proa.ApiServer.Tests.Admission;

public sealed class ParameterAccessTests : IAsyncLifetime
{
    private const string Group = "/apis/admissionregistration.k8s.io/v1/";
    private const string Rbac = "/apis/rbac.authorization.k8s.io/v1/";
    private const string Jane = "user &{jane  [system:authenticated] map[]}";
    private WholeServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await WholeServer.StartAsync();
        await SendAsync(null, Rbac + "clusterroles", """
            {"metadata":{"name":"jane"},"rules":[{"apiGroups":["admissionregistration.k8s.io"],"resources":["*"],"verbs":["*"]},
            {"apiGroups":[""],"resources":["configmaps"],"verbs":["get"]}]}
            """);
        await SendAsync(null, Rbac + "clusterrolebindings", """
            {"metadata":{"name":"jane"},"roleRef":{"kind":"ClusterRole","name":"jane"},"subjects":[{"kind":"User","name":"jane"}]}
            """);
        while (true)
        {
            var (_, review) = await SendAsync("jane", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
                """{"spec":{"resourceAttributes":{"verb":"get","resource":"configmaps"}}}""");
            if (review.Object("status")?.Bool("allowed") == true)
            {
                return;
            }
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
        }
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Create_PolicyWithParameters_NeedsToReadTheirKind()
    {
        Assert.Equal(201, (await SendAsync("jane", Group + "validatingadmissionpolicies", Policy("mine", "ConfigMap"))).Code);
        var (code, answer) = await SendAsync("jane", Group + "validatingadmissionpolicies", Policy("theirs", "Secret"));
        Assert.Equal(422, code);
        Assert.Equal(
            $"ValidatingAdmissionPolicy.admissionregistration.k8s.io \"theirs\" is invalid: spec.paramKind: Forbidden: {Jane} must have \"get\" permission on all objects of the referenced paramKind (kind=Secret, apiVersion=v1)",
            answer.String("message"));
        Assert.Equal(201, (await SendAsync(null, Group + "validatingadmissionpolicies", Policy("theirs", "Secret"))).Code);
    }

    [Theory]
    [InlineData("maps", """ "name":"x","namespace":"ns" """, null)]
    [InlineData("maps", """ "selector":{} """, "{0} does not have \"list\" permission on the object referenced by paramRef")]
    [InlineData("secrets", """ "name":"x","namespace":"ns" """, "{0} does not have \"get\" permission on the object referenced by paramRef")]
    [InlineData("none", """ "name":"x" """, "unable to get policy none to determine minimum required permissions and {0} does not have \"get\" permission for all groups, versions and resources")]
    public async Task Create_BindingWithParameters_NeedsToReadThem(string policy, string reference, string? detail)
    {
        await SendAsync(null, Group + "validatingadmissionpolicies", Policy("maps", "ConfigMap"));
        await SendAsync(null, Group + "validatingadmissionpolicies", Policy("secrets", "Secret"));
        var (code, answer) = await SendAsync("jane", Group + "validatingadmissionpolicybindings",
            $$"""{"metadata":{"name":"b"},"spec":{"policyName":"{{policy}}","validationActions":["Deny"],"paramRef":{ {{reference}},"parameterNotFoundAction":"Allow"} } }""");
        Assert.Equal(detail is null ? 201 : 422, code);
        if (detail is not null)
        {
            Assert.Equal(
                "ValidatingAdmissionPolicyBinding.admissionregistration.k8s.io \"b\" is invalid: spec.paramRef: Forbidden: " + detail.Replace("{0}", Jane, StringComparison.Ordinal),
                answer.String("message"));
        }
    }

    private static string Policy(string name, string kind) => $$"""
        {"metadata":{"name":"{{name}}"},"spec":{"paramKind":{"apiVersion":"v1","kind":"{{kind}}"},"validations":[{"expression":"true"}],
        "matchConstraints":{"resourceRules":[{"apiGroups":[""],"apiVersions":["v1"],"operations":["CREATE"],"resources":["pods"]}]} } }
        """;

    private async Task<(int Code, JsonObject Answer)> SendAsync(string? user, string path, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _server.Token);
        if (user is not null)
        {
            request.Headers.Add("Impersonate-User", user);
        }
        using var response = await _server.Http.SendAsync(request, TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, JsonTree.ParseObject(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)));
    }
}
