using System.Net;
using System.Text;
using Proa.Api.Json;
using Proa.ApiServer.Audit;
using Proa.ApiServer.Discovery;
using Proa.ApiServer.Fairness;
using Proa.ApiServer.Metrics;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Security;
using Proa.ApiServer.Tests.Pki;
using Proa.Store;

namespace Proa.ApiServer.Tests.Limits;

/// <summary>What the server counts, records, holds back and cuts off.</summary>
public sealed class LimitTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(15);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Metrics_AfterRequests_CountThemByWhatIsServed()
    {
        await using var server = await StartAsync();
        await server.NamespaceAsync("ns");
        await server.SendAsync("GET", "/api/v1/namespaces/ns/configmaps/none");
        using var unserved = await server.Http.GetAsync("/apis/made.up/v1/things", Ct);
        var text = await server.Http.GetStringAsync("/metrics", Ct);
        Assert.Contains("""apiserver_request_total{code="201",component="apiserver",group="",resource="namespaces",scope="cluster",subresource="",verb="POST",version="v1",dry_run=""} 1""", text, StringComparison.Ordinal);
        Assert.Contains("""apiserver_request_total{code="404",component="apiserver",group="",resource="configmaps",scope="resource",subresource="",verb="GET",version="v1",dry_run=""} 1""", text, StringComparison.Ordinal);
        Assert.Contains("apiserver_storage_objects{resource=\"namespaces\"} 1", text, StringComparison.Ordinal);
        Assert.Contains("process_resident_memory_bytes", text, StringComparison.Ordinal);
        Assert.DoesNotContain("things", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_OfStoreIdentityAndAnswers_HaveTheOriginalsNames()
    {
        await using var server = await StartAsync(options => options with { Authorizer = new Anybody() });
        await server.NamespaceAsync("ns");
        await server.ExpectAsync(409, "POST", "/api/v1/namespaces", """{"metadata":{"name":"ns"}}""");
        await server.ExpectAsync(200, "GET", "/api/v1/namespaces");
        await server.ExpectAsync(200, "GET", "/api/v1/namespaces?labelSelector=none");
        await server.ExpectAsync(403, "GET", "/api/v1/namespaces/forbidden");
        var text = await server.Http.GetStringAsync("/metrics", Ct);
        foreach (var line in (string[])
        [
            """etcd_requests_total{group="",operation="create",resource="namespaces"} 2""",
            """apiserver_storage_list_total{group="",resource="namespaces"} 2""",
            """apiserver_storage_list_returned_objects_total{group="",resource="namespaces"} 1""",
            """apiserver_storage_list_evaluated_objects_total{group="",resource="namespaces"} 2""",
            """apiserver_response_sizes_count{component="apiserver",group="",resource="namespaces",scope="cluster",subresource="",verb="LIST",version="v1"} 2""",
            """authorization_attempts_total{result="no-opinion"} 1""",
            """authorization_duration_seconds_bucket{result="no-opinion",le="+Inf"} 1""",
            """apiserver_admission_step_admission_duration_seconds_count{operation="CREATE",rejected="false",type="admit"} 3""",
            """apiserver_admission_controller_admission_duration_seconds_count{name="NamespaceLifecycle",operation="CREATE",rejected="false",type="admit"} 3""",
            """apiserver_current_inqueue_requests{request_kind="readOnly"} 0""",
        ])
        {
            Assert.Contains(line + "\n", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Metrics_LabelsWithoutEnd_AreCountedTogether()
    {
        var family = new CounterFamily("x", "counter", "help", "name");
        for (var i = 0; i < 5000; i++)
        {
            family.Of(new($"n{i}")).Add();
        }
        var text = new MetricsText();
        family.WriteTo(text);
        Assert.Equal(2001 + 2, text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("x{name=\"other\"} 3000\n", text.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Metrics_KnownLabels_AreCountedWithoutAllocation()
    {
        var family = new HistogramFamily("x", [1, 2], "help", "name", "code");
        family.Of(new("n", "200")).Observe(1);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            family.Of(new("n", "200")).Observe(1);
        }
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public async Task Metrics_OfWorkQueuesAndCalls_AreGathered()
    {
        using var parts = new MeteredParts();
        using var queue = new Proa.Client.Queues.WorkQueue<string>(TimeProvider.System);
        queue.Add("a");
        var done = new TaskCompletionSource();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var loop = new Proa.Client.Queues.ReconcileLoop<string>("metered", queue, (key, _) =>
        {
            if (key == "b")
            {
                done.TrySetResult();
            }
            return Task.FromResult(Proa.Client.Queues.ReconcileResult.Done);
        }, 1, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance).RunAsync(stop.Token);
        queue.Add("b");
        await done.Task.WaitAsync(Ct);
        await stop.CancelAsync();
        await loop;
        var text = new MetricsText();
        parts.WriteTo(text);
        Assert.Contains("workqueue_adds_total{name=\"metered\"} 2\n", text.ToString(), StringComparison.Ordinal);
        Assert.Contains("workqueue_depth{name=\"metered\"} 0\n", text.ToString(), StringComparison.Ordinal);
        Assert.Contains("workqueue_queue_duration_seconds_count{name=\"metered\"} 2\n", text.ToString(), StringComparison.Ordinal);
        Assert.Contains("workqueue_unfinished_work_seconds{name=\"metered\"} 0\n", text.ToString(), StringComparison.Ordinal);
        Assert.Contains("workqueue_longest_running_processor_seconds{name=\"metered\"} 0\n", text.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answers_UnlessTheySayOtherwise_AreNotToBeKept()
    {
        await using var server = await StartAsync();
        foreach (var path in (string[])["/version", "/api/v1/namespaces", "/api/v1/namespaces/none", "/nowhere"])
        {
            using var answer = await server.Http.GetAsync(path, Ct);
            Assert.Equal("no-cache, private", answer.Headers.CacheControl!.ToString());
        }
    }

    [Fact]
    public async Task Indicators_TellWhatChecksSaid()
    {
        await using var server = await StartAsync();
        (await server.Http.GetAsync("/livez", Ct)).Dispose();
        (await server.Http.GetAsync("/readyz", Ct)).Dispose();
        var text = await server.Http.GetStringAsync("/metrics/slis", Ct);
        foreach (var line in (string[])
        [
            """kubernetes_healthcheck{name="etcd",type="livez"} 1""", """kubernetes_healthcheck{name="shutdown",type="readyz"} 0""",
            """kubernetes_healthchecks_total{name="etcd",status="success",type="livez"} 1""",
        ])
        {
            Assert.Contains(line + "\n", text, StringComparison.Ordinal);
        }
        Assert.Matches(@"kubernetes_healthchecks_total\{name=""shutdown"",status=""error"",type=""readyz""\} [12]\n", text);
    }

    [Fact]
    public async Task Metrics_OfWatchesAndOwnTimes_HaveTheOriginalsNames()
    {
        await using var server = await StartAsync();
        await server.NamespaceAsync("ns");
        using (var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct))
        {
            using var watch = await server.Http.GetStreamAsync("/api/v1/namespaces?watch=1&resourceVersion=0", stop.Token);
            Assert.True(await watch.ReadAsync(new byte[1], stop.Token) > 0);
        }
        var text = await server.Http.GetStringAsync("/metrics", Ct);
        foreach (var line in (string[])
        [
            """apiserver_watch_events_sizes_bucket{group="",resource="namespaces",version="v1",le="1024"} 1""",
            """apiserver_request_sli_duration_seconds_count{component="apiserver",group="",resource="namespaces",scope="cluster",subresource="",verb="POST",version="v1"} 1""",
            """apiserver_storage_events_received_total{group="",resource="namespaces"} 1""",
            "apiserver_client_certificate_expiration_seconds_count 0", "apiserver_audit_event_total 0", "hidden_metrics_total 0",
            """version_info{binary="v1.36.2+proa-0.1.0",component="kube",emulation="1.36",min_compat="1.35"} 1""",
        ])
        {
            Assert.Contains(line + "\n", text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("/livez", 200, "ok")]
    [InlineData("/livez/ping", 200, "ok")]
    [InlineData("/livez?verbose", 200, "[+]ping ok\n[+]etcd ok\nlivez check passed\n")]
    [InlineData("/readyz", 500, "[+]ping ok\n[+]etcd ok\n[-]shutdown failed: reason withheld\nreadyz check failed\n")]
    [InlineData("/readyz?exclude=shutdown", 200, "ok")]
    [InlineData("/readyz?verbose&exclude=shutdown&exclude=x", 200, "[+]ping ok\n[+]etcd ok\n[+]shutdown excluded: ok\nwarn: some health checks cannot be excluded: no matches for \"x\"\nreadyz check passed\n")]
    [InlineData("/readyz/none", 404, "404 page not found\n")]
    [InlineData("/livez/", 404, "404 page not found\n")]
    public async Task Health_Path_TellsItsChecks(string path, int code, string text)
    {
        await using var server = await StartAsync();
        using var answer = await server.Http.GetAsync(path, Ct);
        Assert.Equal((code, text), ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(Ct)));
    }

    [Theory]
    [InlineData("/readyz/disk", 500, "internal server error: /dev/x: writes are refused; sync p99 1 ms\n")]
    [InlineData("/readyz", 500, "[+]ping ok\n[-]disk failed: reason withheld\n[+]slow ok: /dev/y: slow\nreadyz check failed\n")]
    [InlineData("/readyz/slow", 200, "ok")]
    [InlineData("/readyz/slow?verbose", 200, "[+]slow ok: /dev/y: slow\nreadyz check passed\n")]
    [InlineData("/livez/disk", 404, "404 page not found\n")]
    public async Task Health_CheckWithDetail_TellsItWhenAskedAloneOrVerbosely(string path, int code, string text)
    {
        await using var server = await StartAsync(options => options with
        {
            Endpoints =
            [
                new HealthEndpoint(
                [
                    new("disk", true, () => false) { Detail = () => "/dev/x: writes are refused; sync p99 1 ms" },
                    new("slow", true, () => true) { Detail = () => "/dev/y: slow" },
                ]),
            ],
        });
        using var answer = await server.Http.GetAsync(path, Ct);
        Assert.Equal((code, text), ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(Ct)));
    }

    [Fact]
    public async Task Timeout_ThatIsNone_IsABadRequest()
    {
        await using var server = await StartAsync();
        var answer = await server.ExpectAsync(400, "GET", "/api/v1/namespaces?timeout=soon");
        Assert.Equal("invalid timeout specified in the request URL: time: invalid duration \"soon\"", answer.String("message"));
    }

    [Fact]
    public async Task Body_OverTheLimit_IsTooLarge()
    {
        await using var server = await StartAsync();
        var answer = await server.ExpectAsync(413, "POST", "/api/v1/namespaces/ns/configmaps", new string(' ', HttpAdapter.MaxBody + 1));
        Assert.Equal("Request entity too large: limit is 3145728", answer.String("message"));
    }

    [Fact]
    public async Task Request_ThatTakesTooLong_Ends()
    {
        await using var server = await StartAsync(options => options with
        {
            RequestTimeout = TimeSpan.FromMilliseconds(50),
            Endpoints = [new NeverEndpoint()],
        });
        var answer = await server.ExpectAsync(504, "GET", "/never");
        Assert.Equal("Timeout: request did not complete within the allotted timeout", answer.String("message"));
    }

    [Fact]
    public async Task Flow_WithoutSeats_WaitsAndIsRefusedWhenTheQueuesAreFull()
    {
        await using var store = await ConfiguredAsync("""{"type":"Queue","queuing":{"queues":1,"handSize":1,"queueLengthLimit":1}}""");
        var flow = new FlowControl(1, store, TimeProvider.System);
        var info = new RequestInfo("get", "") { IsResource = true, Resource = "pods", Namespace = "ns", Name = "p" };
        var first = await flow.EnterAsync(UserInfo.Anonymous, info, RequestQuery.Empty, s_patience, Ct);
        var second = flow.EnterAsync(UserInfo.Anonymous, info, RequestQuery.Empty, s_patience, Ct);
        var third = await flow.EnterAsync(UserInfo.Anonymous, info, RequestQuery.Empty, s_patience, Ct);
        Assert.True(first.Admitted);
        Assert.False(second.IsCompleted);
        Assert.False(third.Admitted);
        flow.Leave(first);
        Assert.True((await second).Admitted);
    }

    [Fact]
    public async Task Flow_OfALevelThatRejects_Answers429()
    {
        await using var store = await ConfiguredAsync("""{"type":"Reject"}""");
        var flow = new FlowControl(1, store, TimeProvider.System);
        var held = await flow.EnterAsync(UserInfo.Anonymous, new("get", "/x"), RequestQuery.Empty, s_patience, Ct);
        Assert.True(held.Admitted);
        await using var server = await StartAsync(options => options with { Flow = flow });
        using var answer = await server.Http.GetAsync("/version", Ct);
        Assert.Equal(HttpStatusCode.TooManyRequests, answer.StatusCode);
        Assert.Equal("1", answer.Headers.GetValues("Retry-After").Single());
        Assert.Equal("schema-uid", answer.Headers.GetValues("X-Kubernetes-PF-FlowSchema-UID").Single());
    }

    [Fact]
    public async Task Flow_AnyOrderOfRequests_KeepsItsSeats()
    {
        await using var store = await ConfiguredAsync("""{"type":"Queue","queuing":{"queues":4,"handSize":2,"queueLengthLimit":5}}""");
        var flow = new FlowControl(3, store, TimeProvider.System);
        var random = new Random(7);
        var (held, waiting) = (new List<FlowTicket>(), new List<Task<FlowTicket>>());
        for (var i = 0; i < 3000; i++)
        {
            if (random.Next(2) == 0 && held.Count > 0)
            {
                var at = random.Next(held.Count);
                flow.Leave(held[at]);
                held.RemoveAt(at);
            }
            else
            {
                var user = new UserInfo($"u{random.Next(5)}", []);
                waiting.Add(flow.EnterAsync(user, new("get", "/x"), RequestQuery.Empty, s_patience, Ct).AsTask());
            }
            foreach (var done in waiting.Where(task => task.IsCompleted).ToList())
            {
                waiting.Remove(done);
                if ((await done).Admitted)
                {
                    held.Add(await done);
                }
            }
            Assert.InRange(held.Count, 0, 3);
        }
        while (waiting.Count > 0)
        {
            // Those who wait are let in by those who leave: nobody is forgotten.
            held.ForEach(ticket => flow.Leave(ticket));
            held.Clear();
            var next = await Task.WhenAny(waiting);
            waiting.Remove(next);
            Assert.True((await next).Admitted);
            held.Add(await next);
        }
    }

    [Fact]
    public void Deal_AnyHash_GivesDifferentCards()
    {
        Span<int> hand = stackalloc int[8];
        for (ulong i = 0; i < 2000; i++)
        {
            ShuffleSharding.Deal(i * 0x9E3779B97F4A7C15, 64, hand);
            var cards = hand.ToArray();
            Assert.Equal(8, cards.Distinct().Count());
            Assert.All(cards, card => Assert.InRange(card, 0, 63));
        }
    }

    [Fact]
    public async Task Audit_Rules_SayWhatIsRecorded()
    {
        using var folder = new TemporaryDirectory();
        var path = Path.Combine(folder.Path, "audit.log");
        var policy = AuditPolicy.Read("""
            apiVersion: audit.k8s.io/v1
            kind: Policy
            omitStages: [RequestReceived]
            rules:
            - level: Metadata
              resources: [{group: "", resources: [secrets]}]
            - level: RequestResponse
              omitManagedFields: true
              resources: [{group: "", resources: [configmaps]}]
            - level: None
            """);
        using (var audit = new AuditLog(policy, new(path, 0, 0, TimeSpan.Zero), TimeProvider.System))
        {
            await using var server = await StartAsync(options => options with { Audit = audit });
            await server.NamespaceAsync("ns");
            var inProcess = new Proa.Client.ResourcePath("", "v1", "secrets", "ns", "none");
            Assert.True((await server.Client.GetAsync(inProcess, Ct)).IsNotFound);
            await server.ExpectAsync(201, "POST", "/api/v1/namespaces/ns/secrets", """{"metadata":{"name":"s"},"stringData":{"k":"hidden"}}""");
            await server.ExpectAsync(201, "POST", "/api/v1/namespaces/ns/configmaps", """{"metadata":{"name":"c"},"data":{"k":"shown"}}""");
        }
        var lines = await File.ReadAllLinesAsync(path, Ct);
        Assert.Equal(3, lines.Length);
        Assert.Contains("\"requestURI\":\"/api/v1/namespaces/ns/secrets/none\"", lines[0], StringComparison.Ordinal);
        lines = lines[1..];
        Assert.DoesNotContain("hidden", lines[0], StringComparison.Ordinal);
        var secret = JsonTree.ParseObject(Encoding.UTF8.GetBytes(lines[0]));
        Assert.Equal(("Metadata", "ResponseComplete", "create"), (secret.String("level"), secret.String("stage"), secret.String("verb")));
        Assert.Equal("s", secret.Object("objectRef")?.String("name"));
        var map = JsonTree.ParseObject(Encoding.UTF8.GetBytes(lines[1]));
        Assert.Equal("shown", map.Object("requestObject")?.Object("data")?.String("k"));
        Assert.Equal("c", map.Object("responseObject")?.Object("metadata")?.String("name"));
        Assert.Null(map.Object("responseObject")?.Object("metadata")?["managedFields"]);
    }

    [Fact]
    public void AuditFile_WhenFull_IsRenamedAndOldOnesGo()
    {
        using var folder = new TemporaryDirectory();
        var clock = new StepTime();
        using (var file = new AuditFile(new(Path.Combine(folder.Path, "audit.log"), 20, 2, TimeSpan.Zero), clock))
        {
            for (var i = 0; i < 6; i++)
            {
                file.Write(Encoding.ASCII.GetBytes($"fifteen chars {i}"));
                clock.Now += TimeSpan.FromSeconds(1);
            }
        }
        var files = Directory.GetFiles(folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(["audit-2026-01-01T00-00-04.000.log", "audit-2026-01-01T00-00-05.000.log", "audit.log"], files);
    }

    private sealed class Anybody : IAuthorizer
    {
        public ValueTask<Decision> AuthorizeAsync(UserInfo user, RequestInfo request, CancellationToken ct) =>
            new(request.Name == "forbidden" ? Decision.NoOpinion : Decision.Allow);
    }

    private static async Task<TestServer> StartAsync(Func<ApiServerOptions, ApiServerOptions>? change = null) => await TestServer.StartAsync(options =>
    {
        var metrics = new RequestMetrics();
        options = options with
        {
            Metrics = metrics,
            Endpoints =
            [
                new HealthEndpoint([new("etcd", false, () => true), new("shutdown", true, () => false)]), new VersionEndpoint(),
                new MetricsEndpoint(metrics, null, options.Types, options.Store, (options.Store as ObjectStore)?.Health),
            ],
        };
        return change?.Invoke(options) ?? options;
    });

    private static async Task<ObjectStore> ConfiguredAsync(string response)
    {
        var store = ObjectStore.InMemory(TimeProvider.System);
        await WriteAsync("prioritylevelconfigurations", "l", $$$"""{"metadata":{"name":"l","uid":"level-uid"},"spec":{"type":"Limited","limited":{"nominalConcurrencyShares":100,"limitResponse":{{{response}}} } } }""");
        await WriteAsync("flowschemas", "s", """
            {"metadata":{"name":"s","uid":"schema-uid"},"spec":{"matchingPrecedence":1,"priorityLevelConfiguration":{"name":"l"},"distinguisherMethod":{"type":"ByUser"},
            "rules":[{"subjects":[{"kind":"Group","group":{"name":"*"}}],"resourceRules":[{"verbs":["*"],"apiGroups":["*"],"resources":["*"],"namespaces":["*"],"clusterScope":true}],
            "nonResourceRules":[{"verbs":["*"],"nonResourceURLs":["*"]}]}]}}
            """);
        return store;

        async Task WriteAsync(string plural, string name, string json)
        {
            var bytes = Encoding.UTF8.GetBytes(json);
            await store.WriteAsync(new()
            {
                Key = new($"{plural}.flowcontrol.apiserver.k8s.io", "", name),
                Kind = WriteKind.Create,
                Json = bytes,
                RevisionOffset = bytes.AsSpan().IndexOf("\"name\""u8),
            }, Ct);
        }
    }

    private sealed class NeverEndpoint : IPathEndpoint
    {
        public async ValueTask<ApiResponse?> TryHandleAsync(ApiRequest request, CancellationToken ct)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ct);
            return null;
        }
    }

    private sealed class StepTime : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
