using Microsoft.Extensions.Logging.Abstractions;
using Proa.Api.Meta;
using Proa.Api.Models.Core;
using Proa.Client.Informers;
using Proa.Node.EnvironmentVariables;

namespace Proa.Node.Tests.EnvironmentVariables;

public sealed class ContainerEnvironmentTests : IAsyncDisposable
{
    private readonly MemoryCluster _cluster = new(TimeProvider.System);
    private readonly CancellationTokenSource _stop = new();
    private InformerFactory? _factory;
    private Task _running = Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        _stop.Cancel();
        await _running;
    }

    [Fact]
    public async Task BuildAsync_EnvOverEnvFrom_ExpandsWhatCameBefore()
    {
        _cluster.Put(new ConfigMap { Metadata = new() { Namespace = "ns", Name = "m" }, Data = new Dictionary<string, string> { ["A"] = "from-map", ["B"] = "b" } });
        var env = await BuildAsync(new Container
        {
            Name = "c",
            EnvFrom = [new() { Prefix = "P_", ConfigMapRef = new() { Name = "m" } }],
            Env = [new() { Name = "P_A", Value = "own" }, new() { Name = "X", Value = "$(P_A)-$(P_B)-$$(P_A)-$(NONE)-$(KUBERNETES_SERVICE_HOST)" }],
        });

        Assert.Equal("own", env["P_A"]);
        Assert.Equal("own-b-$(P_A)-$(NONE)-10.96.0.1", env["X"]);
    }

    [Fact]
    public async Task BuildAsync_ServiceLinks_NamesServicesOfTheNamespace()
    {
        _cluster.Put(Service("ns", "my-db", "10.96.0.7", new ServicePort { Name = "sql", Port = 5432, Protocol = "TCP" }));
        var env = await BuildAsync(new Container { Name = "c" });

        Assert.Equal("10.96.0.7", env["MY_DB_SERVICE_HOST"]);
        Assert.Equal("5432", env["MY_DB_SERVICE_PORT"]);
        Assert.Equal("5432", env["MY_DB_SERVICE_PORT_SQL"]);
        Assert.Equal("tcp://10.96.0.7:5432", env["MY_DB_PORT"]);
        Assert.Equal("tcp", env["MY_DB_PORT_5432_TCP_PROTO"]);
        Assert.Equal("443", env["KUBERNETES_SERVICE_PORT"]);
    }

    [Fact]
    public async Task BuildAsync_NoServiceLinks_StillFindsTheApi()
    {
        _cluster.Put(Service("ns", "db", "10.96.0.7", new ServicePort { Port = 1 }));
        var env = await BuildAsync(new Container { Name = "c" }, links: false);

        Assert.Equal("10.96.0.1", env["KUBERNETES_SERVICE_HOST"]);
        Assert.DoesNotContain("DB_SERVICE_HOST", env.Keys);
    }

    [Theory]
    [InlineData("secret", "secret \"x\" not found")]
    [InlineData("configmap", "configmap \"x\" not found")]
    [InlineData("secretkey", "couldn't find key k in Secret ns/has")]
    [InlineData("configmapkey", "couldn't find key k in ConfigMap ns/has")]
    public async Task BuildAsync_ReferenceMissing_SaysWhich(string what, string expected)
    {
        _cluster.Put(new ConfigMap { Metadata = new() { Namespace = "ns", Name = "has" } });
        _cluster.Put(new Secret { Metadata = new() { Namespace = "ns", Name = "has" } });
        var source = what switch
        {
            "secret" => new EnvVarSource { SecretKeyRef = new() { Name = "x", Key = "k" } },
            "configmap" => new EnvVarSource { ConfigMapKeyRef = new() { Name = "x", Key = "k" } },
            "secretkey" => new EnvVarSource { SecretKeyRef = new() { Name = "has", Key = "k" } },
            _ => new EnvVarSource { ConfigMapKeyRef = new() { Name = "has", Key = "k" } },
        };

        var result = await ResultAsync(new Container { Name = "c", Env = [new() { Name = "V", ValueFrom = source }] }, links: true);

        Assert.Equal(expected, result.Error);
    }

    [Fact]
    public async Task BuildAsync_FieldsAndResources_AreTheirValues()
    {
        var env = await BuildAsync(new Container
        {
            Name = "c",
            Resources = new() { Requests = new Dictionary<string, Quantity> { ["cpu"] = Quantity.Parse("250m") } },
            Env =
            [
                new() { Name = "IP", ValueFrom = new() { FieldRef = new() { FieldPath = "status.podIP" } } },
                new() { Name = "HOST", ValueFrom = new() { FieldRef = new() { FieldPath = "status.hostIP" } } },
                new() { Name = "L", ValueFrom = new() { FieldRef = new() { FieldPath = "metadata.labels['app']" } } },
                new() { Name = "CPU", ValueFrom = new() { ResourceFieldRef = new() { Resource = "requests.cpu" } } },
                new() { Name = "MEM", ValueFrom = new() { ResourceFieldRef = new() { Resource = "limits.memory" } } },
                new() { Name = "GONE", ValueFrom = new() { SecretKeyRef = new() { Name = "x", Key = "k", Optional = true } } },
            ],
        });

        Assert.Equal("10.244.0.9", env["IP"]);
        Assert.Equal("192.0.2.1", env["HOST"]);
        Assert.Equal("shop", env["L"]);
        Assert.Equal("1", env["CPU"]);
        Assert.Equal("1024", env["MEM"]);
        Assert.DoesNotContain("GONE", env.Keys);
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("$(A)", "1")]
    [InlineData("$(A", "$(A")]
    [InlineData("$$(A)", "$(A)")]
    [InlineData("$$$(A)", "$1")]
    [InlineData("$", "$")]
    [InlineData("x$y$(B)", "x$y$(B)")]
    [InlineData("$()", "$()")]
    [InlineData("$($(A))", "$($(A))")]
    public void Expand_Cases_AsTheOriginal(string text, string expected) =>
        Assert.Equal(expected, Expansion.Expand(text, name => name == "A" ? "1" : null));

    private static Service Service(string ns, string name, string address, ServicePort port) =>
        new() { Metadata = new() { Namespace = ns, Name = name }, Spec = new() { ClusterIP = address, Ports = [port] } };

    private async Task<Dictionary<string, string>> BuildAsync(Container container, bool links = true)
    {
        var result = await ResultAsync(container, links);
        Assert.True(result.Ok, result.Error);
        return result.Variables.ToDictionary();
    }

    private async Task<EnvironmentResult> ResultAsync(Container container, bool links)
    {
        _cluster.Put(Service("default", "kubernetes", "10.96.0.1", new ServicePort { Name = "https", Port = 443 }));
        _factory = new InformerFactory(_cluster, TimeProvider.System, NullLoggerFactory.Instance);
        var services = _factory.Get<Service>();
        _running = _factory.RunAsync(_stop.Token);
        var environment = new ContainerEnvironment(
            _cluster, services, () => ["192.0.2.1"], () => new Dictionary<string, Quantity> { ["memory"] = Quantity.Parse("1Ki") });
        var pod = new Pod
        {
            Metadata = new() { Namespace = "ns", Name = "p", Labels = new Dictionary<string, string> { ["app"] = "shop" } },
            Spec = new() { EnableServiceLinks = links, Containers = [container] },
        };
        return await environment.BuildAsync(pod, container, ["10.244.0.9"], TestContext.Current.CancellationToken);
    }
}
