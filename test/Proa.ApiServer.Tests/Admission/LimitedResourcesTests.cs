using Proa.ApiServer.Admission;

namespace Proa.ApiServer.Tests.Admission;

/// <summary>What may be consumed only where a quota limits it.</summary>
public sealed class LimitedResourcesTests
{
    private const string Configuration = """
        apiVersion: apiserver.config.k8s.io/v1
        kind: AdmissionConfiguration
        plugins:
        - name: ResourceQuota
          configuration:
            apiVersion: apiserver.config.k8s.io/v1
            kind: ResourceQuotaConfiguration
            limitedResources:
            - resource: persistentvolumeclaims
              matchContains: [gold.storageclass.storage.k8s.io/requests.storage]
            - resource: pods
              matchScopes: [{scopeName: PriorityClass, operator: In, values: [important]}]
        """;

    [Fact]
    public async Task Create_WhatNoQuotaCovers_IsRefused()
    {
        await using var server = await StartAsync();
        const string Gold = """{"metadata":{"name":"c"},"spec":{"storageClassName":"gold","accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}}}""";
        var refused = await server.ExpectAsync(403, "POST", "/api/v1/namespaces/a/persistentvolumeclaims", Gold);
        Assert.Equal(
            "persistentvolumeclaims \"c\" is forbidden: insufficient quota to consume: gold.storageclass.storage.k8s.io/requests.storage", refused.String("message"));
        await server.ExpectAsync(201, "POST", "/api/v1/namespaces/a/persistentvolumeclaims", Gold.Replace("gold", "tin", StringComparison.Ordinal).Replace("\"c\"", "\"d\"", StringComparison.Ordinal));
        await server.ExpectAsync(201, "POST", "/api/v1/namespaces/a/resourcequotas", """{"metadata":{"name":"q"},"spec":{"hard":{"gold.storageclass.storage.k8s.io/requests.storage":"5Gi"}}}""");
        await server.ExpectAsync(201, "POST", "/api/v1/namespaces/a/persistentvolumeclaims", Gold);
    }

    [Fact]
    public async Task Create_PodOfAScopeThatNoQuotaCovers_IsRefused()
    {
        await using var server = await StartAsync();
        await server.ExpectAsync(201, "POST", "/apis/scheduling.k8s.io/v1/priorityclasses", """{"metadata":{"name":"important"},"value":5}""");
        const string Pod = """{"metadata":{"name":"p"},"spec":{"priorityClassName":"important","containers":[{"name":"c","image":"i"}]}}""";
        var refused = await server.ExpectAsync(403, "POST", "/api/v1/namespaces/a/pods", Pod);
        Assert.Equal("pods \"p\" is forbidden: insufficient quota to match these scopes: [{PriorityClass In [important]}]", refused.String("message"));
        await server.ExpectAsync(201, "POST", "/api/v1/namespaces/a/resourcequotas",
            """{"metadata":{"name":"q"},"spec":{"hard":{"pods":"5"},"scopeSelector":{"matchExpressions":[{"scopeName":"PriorityClass","operator":"In","values":["important"]}]}}}""");
        await server.ExpectAsync(201, "POST", "/api/v1/namespaces/a/pods", Pod);
    }

    [Fact]
    public void Configuration_WithoutResource_IsToldByItsField()
    {
        var broken = Configuration.Replace("resource: pods", "apiGroup: x", StringComparison.Ordinal);
        Assert.Equal(
            "limitedResources[1].resource: Required value",
            Assert.Throws<FormatException>(() => AdmissionConfigurationFile.Read(broken, "/", AdmissionSettings.Default)).Message);
    }

    private static async Task<TestServer> StartAsync()
    {
        var server = await TestServer.StartAsync(options => options with { Admission = AdmissionConfigurationFile.Read(Configuration, "/", AdmissionSettings.Default) });
        await server.NamespaceAsync("a");
        return server;
    }
}
