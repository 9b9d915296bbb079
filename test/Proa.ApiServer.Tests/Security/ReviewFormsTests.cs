using System.Text;

namespace Proa.ApiServer.Tests.Security;

public sealed class ReviewFormsTests
{
    private const string Path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    private const string Review = """{"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectAccessReview","spec":{"nonResourceAttributes":{"path":"/","verb":"get"}}}""";

    [Theory]
    [InlineData("application/json;as=Table;v=v1;g=meta.k8s.io", 406)]
    [InlineData("application/json;as=Table;v=v1;g=meta.k8s.io,application/json", 201)]
    [InlineData("application/json", 201)]
    public async Task Review_IsInNoTable(string accept, int code)
    {
        await using var server = await WholeServer.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, Path) { Content = new StringContent(Review, Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new("Bearer", server.Token);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        using var answer = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(code, (int)answer.StatusCode);
    }
}
