using Proa.Api.Json;

namespace Proa.ApiServer.Tests.Admission;

public sealed class DeviceAccessTests
{
    private const string Claims = "/apis/resource.k8s.io/v1/namespaces/a/resourceclaims";
    private const string Admin = """{"metadata":{"name":"c"},"spec":{"devices":{"requests":[{"name":"r","exactly":{"deviceClassName":"c","adminAccess":true}}]}}}""";

    [Fact]
    public async Task Create_ForAdministrators_NeedsTheNamespacesLabel()
    {
        await using var server = await TestServer.StartAsync();
        await server.NamespaceAsync("a");

        var refused = await server.ExpectAsync(422, "POST", Claims, Admin);
        Assert.Equal("ResourceClaim.resource.k8s.io \"c\" is invalid: spec.devices.requests[0].adminAccess: Forbidden: admin access to devices requires the "
            + "`resource.kubernetes.io/admin-access: true` label on the containing namespace", refused.String("message"));

        await server.ExpectAsync(200, "PATCH", "/api/v1/namespaces/a", """{"metadata":{"labels":{"resource.kubernetes.io/admin-access":"true"}}}""", "application/merge-patch+json");
        await server.ExpectAsync(201, "POST", Claims, Admin);
    }

    [Fact]
    public async Task Create_SliceWithTaint_TaintBeginsNow()
    {
        await using var server = await TestServer.StartAsync();

        var slice = await server.ExpectAsync(201, "POST", "/apis/resource.k8s.io/v1/resourceslices",
            """{"metadata":{"name":"s"},"spec":{"driver":"a.b","pool":{"name":"p","resourceSliceCount":1},"nodeName":"n","devices":[{"name":"d","taints":[{"key":"k","effect":"NoSchedule"}]}]}}""");

        var taint = (JsonObject)((JsonObject)slice.Object("spec")!.Array("devices")![0]).Array("taints")![0];
        Assert.NotNull(taint.String("timeAdded"));
    }

    [Fact]
    public async Task UpdateStatus_Deallocated_ForgetsWhatDriversSaid()
    {
        await using var server = await TestServer.StartAsync();
        await server.NamespaceAsync("a");
        await server.ExpectAsync(201, "POST", Claims, Admin.Replace(",\"adminAccess\":true", "", StringComparison.Ordinal));
        await server.ExpectAsync(200, "PATCH", Claims + "/c/status",
            """{"status":{"allocation":{"devices":{"results":[{"request":"r","driver":"a.b","pool":"p","device":"d"}]}},"devices":[{"driver":"a.b","pool":"p","device":"d"}]}}""", "application/merge-patch+json");

        var claim = await server.ExpectAsync(200, "PATCH", Claims + "/c/status", """{"status":{"allocation":null}}""", "application/merge-patch+json");

        Assert.Null(claim.Object("status")?.Array("devices"));
    }
}
