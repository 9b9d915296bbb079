using System.Text;
using Proa.Client.Http;

namespace Proa.Client.Tests.Http;

public sealed class WireTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public void ListPageReader_ItemsWithoutKind_GetTheLists()
    {
        var json = """
            {"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"12","continue":"abc","remainingItemCount":3},
             "items":[{"metadata":{"name":"a"}}, {"apiVersion":"v1","kind":"Pod","metadata":{"name":"b"}}]}
            """;
        var page = ListPageReader.Read(Encoding.UTF8.GetBytes(json));
        Assert.Equal(("12", "abc"), (page.ResourceVersion, page.Continue));
        Assert.Equal("""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"}}""", Encoding.UTF8.GetString(page.Items[0].Span));
        Assert.Equal("""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"b"}}""", Encoding.UTF8.GetString(page.Items[1].Span));
    }

    [Fact]
    public async Task WatchStream_EventsSplitAnywhere_AreReadWhole()
    {
        var text = """
            {"type":"ADDED","object":{"metadata":{"name":"é"}}}
            {"object":{"metadata":{}},"type":"BOOKMARK"}

            """;
        using var body = new TrickleStream(Encoding.UTF8.GetBytes(text));
        var items = new List<string>();
        await foreach (var item in WatchStream.ReadAsync(body, Ct))
        {
            items.Add($"{item.Kind} {Encoding.UTF8.GetString(item.Json.Span)}");
        }
        Assert.Equal(["""Added {"metadata":{"name":"é"}}""", """Bookmark {"metadata":{}}"""], items);
    }

    [Fact]
    public async Task WatchStream_EndWithinAnEvent_Throws()
    {
        using var body = new MemoryStream("{\"type\":\"ADD"u8.ToArray());
        await Assert.ThrowsAsync<IOException>(async () =>
        {
            await foreach (var _ in WatchStream.ReadAsync(body, Ct))
            {
            }
        });
    }

    [Fact]
    public void KubeConfig_CurrentContext_IsFollowed()
    {
        var config = KubeConfig.Parse("""
            apiVersion: v1
            kind: Config
            current-context: two
            contexts:
            - name: one
              context: {cluster: a, user: x}
            - name: two
              context: {cluster: b, user: y, namespace: shop}
            clusters:
            - name: a
              cluster: {server: https://a:1}
            - name: b
              cluster:
                server: https://127.0.0.1:6443
                certificate-authority-data: QUJD
            users:
            - name: y
              user: {token: secret}
            """, "/");
        Assert.Equal(new Uri("https://127.0.0.1:6443"), config.Server);
        Assert.Equal(("ABC", "secret", "shop"), (config.CertificateAuthorityPem, config.Token, config.Namespace));
    }

    [Theory]
    [InlineData("a: [", "not YAML")]
    [InlineData("a: b", "no current-context")]
    [InlineData("current-context: x\ncontexts: []", "no context named \"x\"")]
    public void KubeConfig_Unusable_SaysWhy(string yaml, string expected) =>
        Assert.Contains(expected, Assert.Throws<FormatException>(() => KubeConfig.Parse(yaml, "/")).Message);

    [Fact]
    public void Backoff_ManyAttempts_GrowsToTheLongestAndNoFurther()
    {
        var backoff = new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(8), new Random(1));
        var nominal = new[] { 1, 2, 4, 8, 8, 8 };
        foreach (var seconds in nominal)
        {
            Assert.InRange(backoff.Next().TotalSeconds, seconds, seconds * 1.5);
        }
        backoff.Reset();
        Assert.InRange(backoff.Next().TotalSeconds, 1, 1.5);
    }

    /// <summary>Gives one byte a read.</summary>
    private sealed class TrickleStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..1], cancellationToken);
    }
}
