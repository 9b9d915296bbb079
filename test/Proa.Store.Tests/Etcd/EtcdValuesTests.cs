using System.Text;
using Proa.Api.Json;
using Proa.Store.Encryption;
using Proa.Store.Encryption.Configuration;
using Proa.Store.Etcd;

namespace Proa.Store.Tests.Etcd;

/// <summary>Values as API servers keep them, in the form in which they are served.</summary>
public sealed class EtcdValuesTests
{
    private readonly EtcdValues _values = new(StoreEncryption.FromKeyFile("", []).For(static (in ObjectKey key) => key.Name));

    [Fact]
    public void FromEtcd_JsonInTheKeptForm_IsTakenAsItIs()
    {
        const string json = """{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a","namespace":"n"},"data":{"x":"1"}}""";
        var (kept, offset) = Read("configmaps", Encoding.UTF8.GetBytes(json + "\n"));
        Assert.Equal(json, kept);
        Assert.Equal(json.IndexOf("\"name\"", StringComparison.Ordinal), offset);
    }

    [Theory]
    [InlineData("""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"x":"1"}}""")]
    [InlineData("""{ "kind" : "ConfigMap", "apiVersion":"v1", "data":{"x":"1"}, "metadata":{ "name":"a", "resourceVersion":"12"} }""")]
    public void FromEtcd_OtherJson_IsBroughtIntoTheKeptForm(string json)
    {
        var (kept, offset) = Read("configmaps", Encoding.UTF8.GetBytes(json));
        Assert.Equal("""{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a"},"data":{"x":"1"}}""", kept);
        Assert.Equal("\"name\"", kept[offset..(offset + 6)]);
    }

    [Theory]
    [InlineData("persistentvolumeclaims", """{"kind":"PersistentVolumeClaim","apiVersion":"v1","metadata":{"name":"a"},"spec":{},"status":{}}""",
        """{"kind":"PersistentVolumeClaim","apiVersion":"v1","metadata":{"name":"a"},"spec":{},"status":{"phase":"Pending"}}""")]
    [InlineData("persistentvolumeclaims", """{"kind":"PersistentVolumeClaim","apiVersion":"v1","metadata":{"name":"a"},"spec":{},"status":{"phase":"Bound"}}""", null)]
    [InlineData("statefulsets.apps", """{"kind":"StatefulSet","apiVersion":"apps/v1","metadata":{"name":"a"},"spec":{"volumeClaimTemplates":[{"metadata":{"name":"c"}}]}}""",
        """{"kind":"StatefulSet","apiVersion":"apps/v1","metadata":{"name":"a"},"spec":{"volumeClaimTemplates":[{"metadata":{"name":"c"},"kind":"PersistentVolumeClaim","apiVersion":"v1"}]}}""")]
    [InlineData("statefulsets.apps", """{"kind":"StatefulSet","apiVersion":"apps/v1","metadata":{"name":"a"},"spec":{"serviceName":"s"}}""", null)]
    public void FromEtcd_WhatAnOriginalSetsAtEachRead_IsSet(string resource, string stored, string? expected) =>
        Assert.Equal(expected ?? stored, Read(resource, Encoding.UTF8.GetBytes(stored)).Json);

    [Theory]
    [InlineData("")]
    [InlineData("not JSON")]
    [InlineData("[1]")]
    [InlineData("{}")]
    [InlineData("k8s\0\u0001")]
    public void FromEtcd_NoObject_IsAFormatError(string value) =>
        Assert.Throws<FormatException>(() => Read("configmaps", Encoding.UTF8.GetBytes(value)));

    [Fact]
    public void FromEtcd_Protobuf_LeavesOutWhatJsonDoes()
    {
        // A message names its empty texts and numbers.
        byte[] value =
        [
            .. "k8s\0"u8, 0x0a, 0x0f, 0x0a, 0x02, .. "v1"u8, 0x12, 0x09, .. "ConfigMap"u8,
            0x12, 0x1b, 0x0a, 0x11, 0x0a, 0x01, (byte)'a', 0x12, 0x00, 0x1a, 0x01, (byte)'n', 0x22, 0x00, 0x2a, 0x01, (byte)'u', 0x32, 0x00, 0x38, 0x00,
            0x12, 0x06, 0x0a, 0x01, (byte)'x', 0x12, 0x01, (byte)'1',
            0x1a, 0x00, 0x22, 0x00,
        ];
        Assert.Equal(
            """{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a","namespace":"n","uid":"u"},"data":{"x":"1"}}""", Read("configmaps", value).Json);
    }

    /// <summary>As a kube-apiserver 1.36 wrote them: encrypted protobuf.</summary>
    [Theory]
    [InlineData("secrets", "os", "\"data\":{\"a\":\"b3JpZy1zZWNyZXQ=\"}", "azhzOmVuYzphZXNjYmM6djE6azE6qe7NLBOyUxINBNo89+fJo1zM4eF3HtQpf2Be4RMqIfnlD1ly0t9OaNvpuwRJ6CCfN4hY/XkfWcYN53gUSDHIXKN6PdwRi1W+JiyKrc4QFQSdZmNHWIdFTvc2px370BWO+Q+CuolUF5FIdYhFJjFdQ8m4+KeG3yUzFkh7RKv4T394xfsYM3RZ1Q18IIDiCBhBfr+zVnjif3xbbaHfyOa7On7bW5gG5guvGgmJncY+PMc2d+lN54bXyKboGkihT8TzjGXW0LXXfBhwkewljG3jkmp0xsF32hhtB9jsDulzW1Gm+pyqw1g82DwMq9S7ByXP")]
    [InlineData("configmaps", "oc", "\"data\":{\"a\":\"orig-map\"}", "azhzOmVuYzphZXNnY206djE6azI6wlEBTMmoJw28Tz15yoARtQbL3IsnigrxAaf62i3bgNpMFgzjwUomt7RSFEZbIbSDh9rd6XB7pXuNDXiUibIIMIn6B0jPQqRWTTAXb/vxjn1y9rUiuiYKtbHuTvelGx/etmh1xySK+TTM5OG9+CyQ343fEICprtfIJdg8535YZrmBO6gw1mew0NLi8fBARdgLG7Ql5JOsUq48t8j0F6wHNaF35XmHd+ju4L6OwGxBlk5iFJb/5iRITfGPbuuGrJkrDeAyar4BgflI5nKr+h/tMebr4IKAOsJJ9B1N3e6G3nl6TNkJ")]
    [InlineData("serviceaccounts", "osa", "\"name\":\"osa\"", "azhzOmVuYzpzZWNyZXRib3g6djE6azM6ap0lW52WSrMex5vR1onRiGq1N8YA+4NRbUF4Tx18L8mTW0JZ98M7p30Xj+ytyWwF4zTWwiMPU8B1i4fzAV2nQ1DNM4lc5Ub5ad0cQw3BMdPYRT/NhXRJoiAPTxTaqpKhtubwkb7gFLASVJlRHCZalH8H8xBocW7DTN6c4yOMqh/rsqTlMtf++VhM1KBoeVvm")]
    public void FromEtcd_EncryptedByAnOriginal_IsReadWithTheSameConfiguration(string resource, string name, string expected, string recorded)
    {
        var configuration = EncryptionConfiguration.Read(
            """
            apiVersion: apiserver.config.k8s.io/v1
            kind: EncryptionConfiguration
            resources:
            - resources: [secrets]
              providers: [aescbc: {keys: [{name: k1, secret: MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=}]}]
            - resources: [configmaps]
              providers: [aesgcm: {keys: [{name: k2, secret: MTEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=}]}]
            - resources: [serviceaccounts]
              providers: [secretbox: {keys: [{name: k3, secret: MjEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=}]}]
            """,
            TimeProvider.System);
        var keys = new EtcdKeys("/registry");
        var values = new EtcdValues(StoreEncryption.FromConfiguration("f", configuration, "").For((in ObjectKey key) => keys.Text(key)));
        var (json, _) = values.FromEtcd(new ObjectKey(resource, "default", name), Convert.FromBase64String(recorded));
        Assert.Contains(expected, Encoding.UTF8.GetString(json));
    }

    [Fact]
    public void FromEtcd_RangeAllocation_IsRead()
    {
        byte[] value =
        [
            .. "k8s\0"u8, 0x0a, 0x15, 0x0a, 0x02, .. "v1"u8, 0x12, 0x0f, .. "RangeAllocation"u8,
            0x12, 0x14, 0x0a, 0x02, 0x0a, 0x00, 0x12, 0x0b, .. "30000-32767"u8, 0x1a, 0x01, 0x05, 0x1a, 0x00, 0x22, 0x00,
        ];
        Assert.Equal(
            """{"kind":"RangeAllocation","apiVersion":"v1","metadata":{"creationTimestamp":null},"range":"30000-32767","data":"BQ=="}""",
            Read("ranges", value).Json);
    }

    [Fact]
    public void FromEtcd_DefinitionInItsFirstVersion_IsConverted()
    {
        var kept = JsonTree.ParseObject(Encoding.UTF8.GetBytes(Read("customresourcedefinitions.apiextensions.k8s.io", """
            {"kind":"CustomResourceDefinition","apiVersion":"apiextensions.k8s.io/v1beta1","metadata":{"name":"widgets.example.com"},"spec":{
              "group":"example.com","version":"v1","names":{"plural":"widgets","kind":"Widget"},"scope":"Namespaced",
              "validation":{"openAPIV3Schema":{"type":"object"}},"subresources":{"status":{}},
              "versions":[{"name":"v1","served":true,"storage":true},{"name":"v2","served":true,"storage":false}],
              "additionalPrinterColumns":[{"name":"Age","type":"date","JSONPath":".metadata.creationTimestamp"}],
              "conversion":{"strategy":"Webhook","webhookClientConfig":{"url":"https://x"},"conversionReviewVersions":["v1"]},"preserveUnknownFields":false}}
            """u8.ToArray()).Json));
        Assert.Equal("apiextensions.k8s.io/v1", kept.String("apiVersion"));
        Assert.Equal(
            """
            {"group":"example.com","names":{"plural":"widgets","kind":"Widget"},"scope":"Namespaced","versions":[
            {"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object"}},"subresources":{"status":{}},"additionalPrinterColumns":[{"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"}]},
            {"name":"v2","served":true,"storage":false,"schema":{"openAPIV3Schema":{"type":"object"}},"subresources":{"status":{}},"additionalPrinterColumns":[{"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"}]}],
            "conversion":{"strategy":"Webhook","webhook":{"clientConfig":{"url":"https://x"},"conversionReviewVersions":["v1"]}}}
            """.ReplaceLineEndings(""), Encoding.UTF8.GetString(JsonTree.ToUtf8(kept.Object("spec")!)));
    }

    [Theory]
    [InlineData("pods", "n", "/registry/pods/n/a")]
    [InlineData("nodes", "", "/registry/minions/a")]
    [InlineData("services", "n", "/registry/services/specs/n/a")]
    [InlineData("endpoints", "n", "/registry/services/endpoints/n/a")]
    [InlineData("replicationcontrollers", "n", "/registry/controllers/n/a")]
    [InlineData("deployments.apps", "n", "/registry/deployments/n/a")]
    [InlineData("events", "n", "/registry/events/n/a")]
    [InlineData("ingresses.networking.k8s.io", "n", "/registry/ingress/n/a")]
    [InlineData("clusterroles.rbac.authorization.k8s.io", "", "/registry/clusterroles/a")]
    [InlineData("apiservices.apiregistration.k8s.io", "", "/registry/apiregistration.k8s.io/apiservices/a")]
    [InlineData("customresourcedefinitions.apiextensions.k8s.io", "", "/registry/apiextensions.k8s.io/customresourcedefinitions/a")]
    [InlineData("widgets.example.com", "n", "/registry/example.com/widgets/n/a")]
    [InlineData("gadgets.example.com", "", "/registry/example.com/gadgets/a")]
    public void Keys_OfEveryKind_AreWhereTheOriginalLooks(string resource, string ns, string text)
    {
        var keys = new EtcdKeys("/registry");
        var key = new ObjectKey(resource, ns, "a");
        Assert.Equal(text, keys.Text(key));
        Assert.True(keys.TryParse(Encoding.UTF8.GetBytes(text), out var parsed));
        Assert.Equal(key, parsed);
    }

    [Theory]
    [InlineData("/registry/.proa/cluster-id")]
    [InlineData("/registry/peerserverleases/x")]
    [InlineData("/registry/pods/n/a/b")]
    [InlineData("/registry/pods")]
    [InlineData("/other/pods/n/a")]
    public void Keys_OfNoObject_AreNone(string text) => Assert.False(new EtcdKeys("registry/").TryParse(Encoding.UTF8.GetBytes(text), out _));

    private (string Json, int Offset) Read(string resource, byte[] value)
    {
        var (json, offset) = _values.FromEtcd(new ObjectKey(resource, "n", "a"), value);
        return (Encoding.UTF8.GetString(json), offset);
    }
}
