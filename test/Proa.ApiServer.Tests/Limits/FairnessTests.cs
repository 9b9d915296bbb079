using System.Text;
using Proa.Api.Json;
using Proa.ApiServer.Fairness;
using Proa.ApiServer.Metrics;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Security;
using Proa.Store;
using Proa.Testing;

namespace Proa.ApiServer.Tests.Limits;

/// <summary>Priority and fairness: how seats are divided, lent, waited for and told of, by a clock that stands still.</summary>
public sealed class FairnessTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(15);
    private readonly TestClock _clock = new(frozen: true);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Limits_OfSuggestedLevels_AreTheOriginals()
    {
        await using var store = ObjectStore.InMemory(_clock);
        await SuggestedAsync(store);
        var flow = new FlowControl(600, store, _clock);
        // As a fresh server of the original tells in apiserver_flowcontrol_{nominal,lower,upper,current}_limit_seats, which its own requests of the first seconds change a little.
        Assert.Equal(
            ["catch-all 13 13 613 30", "exempt 0 0 600 0", "global-default 49 24 649 56", "leader-election 25 25 625 58", "node-high 98 73 698 170", "system 74 50 674 117", "workload-high 98 49 698 114", "workload-low 245 24 845 56"],
            flow.Levels.Select(level => $"{level.Name} {level.Nominal} {level.Lower} {level.Upper} {level.Queues.Limit}"));
    }

    [Fact]
    public async Task Seats_ThatOneLevelUsed_AreLentByOthersAtTheNextDivision()
    {
        await using var store = ObjectStore.InMemory(_clock);
        await LevelAsync(store, "busy", 50, 50, null);
        await LevelAsync(store, "idle", 50, 80, null);
        await SchemaAsync(store, "busy", "busy", 10, "busy-user");
        await SchemaAsync(store, "idle", "idle", 20, "idle-user");
        var flow = new FlowControl(20, store, _clock);
        var busy = flow.Levels.First(level => level.Name == "busy");
        var first = busy.Queues.Limit;
        var entering = Enumerable.Range(0, 18).Select(_ => flow.EnterAsync(new("busy-user", []), Get, RequestQuery.Empty, s_patience, Ct).AsTask()).ToList();
        Assert.Equal(first, entering.Count(task => task.IsCompleted));
        _clock.Advance(TimeSpan.FromSeconds(10));
        flow.Rebalance();
        Assert.InRange(busy.Queues.Limit, 14, 18);
        Assert.Equal(busy.Queues.Limit, busy.Queues.Running);
        // What it lent comes back when it is asked for, and no sooner than the next division.
        var lent = flow.Levels.First(level => level.Name == "idle");
        Assert.InRange(lent.Queues.Limit, lent.Lower, lent.Nominal - 1);
    }

    [Fact]
    public async Task Borrowing_WithALimit_StopsThere()
    {
        await using var store = ObjectStore.InMemory(_clock);
        await LevelAsync(store, "busy", 50, 0, 20);
        await LevelAsync(store, "idle", 50, 100, null);
        await SchemaAsync(store, "busy", "busy", 10, "busy-user");
        var flow = new FlowControl(20, store, _clock);
        for (var i = 0; i < 18; i++)
        {
            _ = flow.EnterAsync(new("busy-user", []), Get, RequestQuery.Empty, TimeSpan.FromMinutes(1), Ct).AsTask();
        }
        _clock.Advance(TimeSpan.FromSeconds(10));
        flow.Rebalance();
        var busy = flow.Levels.First(level => level.Name == "busy");
        Assert.Equal((10, 12, 12), (busy.Nominal, busy.Upper, busy.Queues.Limit));
    }

    [Fact]
    public void Division_OfAnyClaims_IsTheOneFractionWithinTheBounds()
    {
        var random = new Random(11);
        for (var round = 0; round < 2000; round++)
        {
            var claims = Enumerable.Range(0, random.Next(1, 9)).Select(_ =>
            {
                var least = random.Next(0, 20);
                return new SeatClaim(least, least + random.Next(0, 60), least + random.Next(0, 40));
            }).ToArray();
            var (low, high) = (claims.Sum(claim => claim.Least), claims.Sum(claim => claim.Most));
            var total = random.Next((int)low, (int)high + 1);
            var (seats, fraction) = SeatShares.Divide(total, claims)!.Value;
            Assert.Equal(total, seats.Sum(), 0.001);
            for (var i = 0; i < claims.Length; i++)
            {
                Assert.InRange(seats[i], claims[i].Least, claims[i].Most);
                var wanted = Math.Max(claims[i].Target, 0.001) * fraction;
                Assert.True(Math.Abs(seats[i] - wanted) < 0.001 || (seats[i] == claims[i].Least && wanted < seats[i]) || (seats[i] == claims[i].Most && wanted > seats[i]));
            }
            Assert.Null(SeatShares.Divide((int)low - 1, claims));
            Assert.Null(SeatShares.Divide((int)high + 1, claims));
        }
    }

    [Fact]
    public void Demand_OfAPeriod_IsItsMeanDeviationAndHighest()
    {
        var demand = new SeatDemand(_clock);
        demand.Set(2);
        _clock.Advance(TimeSpan.FromSeconds(5));
        demand.Set(6);
        _clock.Advance(TimeSpan.FromSeconds(5));
        demand.Set(1);
        demand.Close();
        Assert.Equal((4, 2, 6, 6), (demand.Average, demand.Deviation, demand.HighWatermark, demand.Smoothed));
        _clock.Advance(TimeSpan.FromSeconds(10));
        demand.Close();
        // Down it follows slowly: 0.977 of 6 and 0.023 of 1.
        Assert.Equal((1, 0, 1), (demand.Average, demand.Deviation, demand.HighWatermark));
        Assert.Equal(5.885, demand.Smoothed, 1e-9);
    }

    [Theory]
    [InlineData("list", "", "", 10)] // 1.2 MB, of which a megabyte is in memory at once
    [InlineData("list", "", "limit=2", 3)]
    [InlineData("list", "", "limit=2&labelSelector=a&resourceVersion=1", 7)] // from the disk: half of all
    [InlineData("list", "", "limit=2&resourceVersion=1", 3)]
    [InlineData("list", "", "resourceVersion=1&resourceVersionMatch=Exact", 13)]
    [InlineData("list", "", "limit=x", 15)]
    [InlineData("list", "m1", "", 2)]
    [InlineData("watch", "", "resourceVersion=7", 1)]
    [InlineData("watch", "", "resourceVersion=0", 10)]
    [InlineData("watch", "", "resourceVersion=7&sendInitialEvents=true", 10)]
    [InlineData("get", "m1", "", 1)]
    public async Task Seats_OfRequest_FollowTheBytesItReads(string verb, string name, string query, int seats)
    {
        await using var store = ObjectStore.InMemory(_clock);
        for (var i = 0; i < 10; i++)
        {
            await WriteAsync(store, "configmaps", $"m{i}", $$$"""{"metadata":{"name":"m{{{i}}}"},"data":{"x":"{{{new string('x', 120_000)}}}"}}""");
        }
        var estimator = new WorkEstimator(store, new WatchCounts());
        var info = new RequestInfo(verb, "") { IsResource = true, Resource = "configmaps", Name = name };
        Assert.Equal(new WorkEstimate(seats), estimator.Of(info, RequestQuery.Parse(query), 15, out _));
    }

    [Theory]
    [InlineData(9, 0, 0)]
    [InlineData(10, 1, 5)]
    [InlineData(95, 10, 5)]
    [InlineData(400, 10, 20)]
    public async Task Seats_OfAWrite_FollowTheWatchesThatAreToldOfIt(int watching, int seats, int milliseconds)
    {
        await using var store = ObjectStore.InMemory(_clock);
        var watches = new WatchCounts();
        var all = new RequestInfo("watch", "") { IsResource = true, Resource = "pods" };
        var held = Enumerable.Range(0, watching).Select(i => watches.Add(all with { Namespace = i % 2 == 0 ? "" : "ns" })).ToList();
        // Not told of it: another namespace, another object, one node's pods.
        foreach (var other in (RequestInfo[])[all with { Namespace = "other" }, all with { Namespace = "ns", Name = "q" }, all with { FieldSelector = "spec.nodeName=n" }])
        {
            watches.Add(other);
        }
        var estimator = new WorkEstimator(store, watches);
        var write = new RequestInfo("update", "") { IsResource = true, Resource = "pods", Namespace = "ns", Name = "p" };
        Assert.Equal(new WorkEstimate(1, seats, TimeSpan.FromMilliseconds(milliseconds)), estimator.Of(write, RequestQuery.Empty, 0, out var counted));
        Assert.Equal(watching, counted);
        held.ForEach(watch => watch?.Dispose());
        Assert.Equal(new WorkEstimate(1), estimator.Of(write, RequestQuery.Empty, 0, out _));
    }

    [Fact]
    public async Task Seats_OfAWritesWatchers_StayTakenAfterItsAnswer()
    {
        await using var store = ObjectStore.InMemory(_clock);
        await LevelAsync(store, "l", 500, 0, 0);
        await SchemaAsync(store, "s", "l", 10, "*");
        var flow = new FlowControl(10, store, _clock);
        var watch = new RequestInfo("watch", "") { IsResource = true, Resource = "pods" };
        for (var i = 0; i < 20; i++)
        {
            flow.Watching(watch);
        }
        var level = flow.Levels.First(one => one.Name == "l");
        var ticket = await flow.EnterAsync(UserInfo.Anonymous, watch with { Verb = "create" }, RequestQuery.Empty, s_patience, Ct);
        Assert.Equal((1, 2), (level.Queues.Running, level.Queues.SeatsInUse));
        Assert.Equal(TimeSpan.FromMilliseconds(5), ticket.Request!.Work.AdditionalLatency);
        flow.Leave(ticket);
        Assert.Equal((0, 2), (level.Queues.Running, level.Queues.SeatsInUse));
        _clock.Advance(TimeSpan.FromMilliseconds(5));
        Assert.Equal((0, 0), (level.Queues.Running, level.Queues.SeatsInUse));
    }

    [Fact]
    public async Task Flows_ThatCompete_AreServedAlike()
    {
        await using var store = ObjectStore.InMemory(_clock);
        await LevelAsync(store, "l", 500, 0, 0, queues: 64, hand: 8, length: 500);
        await SchemaAsync(store, "s", "l", 10, "*", "ByUser");
        var flow = new FlowControl(4, store, _clock);
        var waiting = new List<(string User, Task<FlowTicket> Task)>();
        foreach (var (user, count) in (ReadOnlySpan<(string, int)>)[("elephant", 400), ("mouse", 40)])
        {
            for (var i = 0; i < count; i++)
            {
                waiting.Add((user, flow.EnterAsync(new(user, []), Get, RequestQuery.Empty, TimeSpan.FromMinutes(1), Ct).AsTask()));
            }
        }
        var served = new List<string>();
        while (served.Count < 100)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(3));
            foreach (var one in waiting.ToList())
            {
                if (served.Count < 100 && one.Task.IsCompleted)
                {
                    waiting.Remove(one);
                    served.Add(one.User);
                    flow.Leave(await one.Task);
                }
            }
            await Task.WhenAny(waiting.Select(one => one.Task)).WaitAsync(Ct);
        }
        // The mouse's eight queues stand beside the elephant's eight: it need not wait for the elephant's four hundred.
        Assert.InRange(served.Count(user => user == "mouse"), 25, 40);
    }

    [Fact]
    public async Task Waiting_ForLongerThanAllowed_IsRefusedAndToldOf()
    {
        await using var store = ObjectStore.InMemory(_clock);
        await LevelAsync(store, "l", 500, 0, 0);
        await SchemaAsync(store, "s", "l", 10, "*");
        var flow = new FlowControl(1, store, _clock);
        var held = await flow.EnterAsync(UserInfo.Anonymous, Get, RequestQuery.Empty, s_patience, Ct);
        var waiting = flow.EnterAsync(new("u", []), Get, RequestQuery.Empty, TimeSpan.FromSeconds(5), Ct).AsTask();
        var dump = await DumpAsync(flow, "dump_requests", "includeRequestDetails=1");
        Assert.Matches(
            @"^PriorityLevelName, FlowSchemaName, QueueIndex, RequestIndexInQueue, FlowDistingsher, ArriveTime, +InitialSeats, FinalSeats, AdditionalLatency, StartTime, +UserName, +Verb, +APIPath, +Namespace, Name, +APIVersion, Resource, SubResource\n"
            + @"l, +s, +0, +0, +, +\S+Z, +1, +0, +0s, +0001-01-01T00:00:00Z, +u, +get, +/x, +ns, +p, +v1, +pods, +\n"
            + @"l, +s, +0, +-1, +, +\S+Z, +1, +0, +0s, +2\S+Z, +system:anonymous, get, +/x, +ns, +p, +v1, +pods, +\n$", dump);
        Assert.Matches(@"\nl, +1, +false, +false, +1, +1, +1, +0, +0, +0\n", await DumpAsync(flow, "dump_priority_levels"));
        Assert.Matches(@"\nl, +0, +1, +1, +1, +\d+\.\d{8}ss, +1, +1, +0\.00300000ss\n", await DumpAsync(flow, "dump_queues"));
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.False((await waiting).Admitted);
        Assert.Matches(@"\nl, +0, +false, +false, +0, +1, +1, +1, +0, +1\n", await DumpAsync(flow, "dump_priority_levels"));
        flow.Leave(held);
        var text = new MetricsText();
        FlowMetrics.Write(flow, text);
        foreach (var line in (string[])
        [
            """apiserver_flowcontrol_rejected_requests_total{flow_schema="s",priority_level="l",reason="time-out"} 1""",
            """apiserver_flowcontrol_dispatched_requests_total{flow_schema="s",priority_level="l"} 1""",
            """apiserver_flowcontrol_current_inqueue_requests{flow_schema="s",priority_level="l"} 0""",
            """apiserver_flowcontrol_current_executing_seats{flow_schema="s",priority_level="l"} 0""",
            """apiserver_flowcontrol_request_wait_duration_seconds_sum{execute="false",flow_schema="s",priority_level="l"} 5""",
            """apiserver_flowcontrol_request_execution_seconds_count{flow_schema="s",priority_level="l",type="regular"} 1""",
            """apiserver_flowcontrol_nominal_limit_seats{priority_level="l"} 1""",
            """apiserver_flowcontrol_work_estimated_seats_count{flow_schema="s",priority_level="l"} 2""",
        ])
        {
            Assert.Contains(line + "\n", text.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Level_RemovedWhileInUse_LeavesWhenItIsEmpty()
    {
        await using var store = ObjectStore.InMemory(_clock);
        await LevelAsync(store, "l", 500, 0, 0);
        await SchemaAsync(store, "s", "l", 10, "*");
        var flow = new FlowControl(2, store, _clock);
        var held = await flow.EnterAsync(UserInfo.Anonymous, Get, RequestQuery.Empty, s_patience, Ct);
        await store.WriteAsync(new() { Key = new("prioritylevelconfigurations.flowcontrol.apiserver.k8s.io", "", "l"), Kind = WriteKind.Delete }, Ct);
        flow.Load();
        Assert.Matches(@"\nl, +0, +false, +true, +0, +1, ", await DumpAsync(flow, "dump_priority_levels"));
        var other = await flow.EnterAsync(UserInfo.Anonymous, Get, RequestQuery.Empty, s_patience, Ct);
        Assert.Equal("catch-all", other.Level!.Name);
        flow.Leave(other);
        flow.Leave(held);
        flow.Rebalance();
        Assert.Equal(["catch-all", "exempt"], flow.Levels.Select(level => level.Name));
    }

    [Fact]
    public void RetryAfter_WhileManyAreRefused_GrowsAndShrinksAgain()
    {
        var dropped = new DroppedRequests(_clock);
        var told = new List<int>();
        for (var second = 0; second < 12; second++)
        {
            var last = 0;
            for (var i = 0; i < (second < 8 ? 20 : 1); i++)
            {
                last = dropped.Note();
            }
            told.Add(last);
            _clock.Advance(TimeSpan.FromSeconds(1));
        }
        Assert.Equal([1, 2, 2, 4, 4, 4, 4, 8, 8, 8, 8, 8], told);
        _clock.Advance(TimeSpan.FromMinutes(1));
        dropped.Note();
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(6, dropped.Note());
    }

    [Theory]
    [InlineData("""{"annotations":{"apf.kubernetes.io/autoupdate-spec":"true"},"generation":5}""", 7, false, "true 1")]
    [InlineData("""{"annotations":{"apf.kubernetes.io/autoupdate-spec":"false"},"generation":1}""", 7, false, null)]
    [InlineData("""{"generation":1}""", 7, false, "true 1")]
    [InlineData("""{"generation":2}""", 7, false, "false 7")]
    [InlineData("""{"annotations":{"apf.kubernetes.io/autoupdate-spec":"false"},"generation":2}""", 7, true, "true 1")]
    [InlineData("""{"annotations":{"apf.kubernetes.io/autoupdate-spec":"True"},"generation":2}""", 1, true, null)]
    public void Suggested_ChangedByAUser_FollowsItsAnnotation(string metadata, int precedence, bool mandatory, string? expected)
    {
        var have = JsonTree.ParseObject(Encoding.UTF8.GetBytes($$$"""{"metadata":{{{metadata}}},"spec":{"matchingPrecedence":{{{precedence}}}}}"""));
        var revised = FlowDefaults.Revised(have, JsonTree.ParseObject("""{"spec":{"matchingPrecedence":1}}"""u8), mandatory);
        Assert.Equal(expected, revised is null ? null
            : $"{revised.Object("metadata")!.Object("annotations")!.String("apf.kubernetes.io/autoupdate-spec")} {revised.Object("spec")!.Int("matchingPrecedence")}");
    }

    [Fact]
    public async Task Defaults_MissingOrChanged_ArePutBackWithinAMinute()
    {
        await using var server = await TestServer.StartAsync();
        var keeper = new FlowDefaults(server.Store, server.Client, _clock);
        await keeper.EnsureAsync(Ct);
        Assert.Equal(11, server.Store.List("flowschemas.flowcontrol.apiserver.k8s.io", null)!.Items.Count);
        Assert.Equal(8, server.Store.List("prioritylevelconfigurations.flowcontrol.apiserver.k8s.io", null)!.Items.Count);
        var revision = server.Store.Revision;
        await keeper.EnsureAsync(Ct);
        Assert.Equal(revision, server.Store.Revision);
        const string Catch = "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas/catch-all";
        await server.ExpectAsync(200, "PATCH", Catch, """{"spec":{"matchingPrecedence":9999}}""", "application/merge-patch+json");
        await server.ExpectAsync(201, "POST", "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas", """
            {"metadata":{"name":"of-an-old-version","annotations":{"apf.kubernetes.io/autoupdate-spec":"true"}},"spec":{"priorityLevelConfiguration":{"name":"exempt"}}}
            """);
        await keeper.EnsureAsync(Ct);
        var schema = await server.ExpectAsync(200, "GET", Catch);
        Assert.Equal(10000, schema.Object("spec")!.Int("matchingPrecedence"));
        Assert.Contains(schema.Object("metadata")!.Array("managedFields")!.OfType<JsonObject>(), entry => entry.String("manager") == "api-priority-and-fairness-config-producer-v1");
        await server.ExpectAsync(404, "GET", "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas/of-an-old-version");
    }

    private static RequestInfo Get { get; } = new("get", "/x") { IsResource = true, Version = "v1", Resource = "pods", Namespace = "ns", Name = "p" };

    private static async Task<string> DumpAsync(FlowControl flow, string what, string query = "")
    {
        var path = "/debug/api_priority_and_fairness/" + what;
        var answer = await new FlowDumpEndpoint(flow).TryHandleAsync(
            new ApiRequest { Method = "GET", Info = new("get", path), User = UserInfo.Anonymous, Query = RequestQuery.Parse(query) }, Ct);
        return Encoding.UTF8.GetString(Assert.IsType<BytesResponse>(answer).Body.Span);
    }

    private static Task LevelAsync(
        ObjectStore store, string name, int shares, int lendable, int? borrowing, int queues = 1, int hand = 1, int length = 50) =>
        WriteAsync(store, "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io", name, $$$"""
            {"metadata":{"name":"{{{name}}}"},"spec":{"type":"Limited","limited":{"nominalConcurrencyShares":{{{shares}}},"lendablePercent":{{{lendable}}}{{{(borrowing is null ? "" : $",\"borrowingLimitPercent\":{borrowing}")}}},
            "limitResponse":{"type":"Queue","queuing":{"queues":{{{queues}}},"handSize":{{{hand}}},"queueLengthLimit":{{{length}}} } } } } }
            """);

    private static Task SchemaAsync(ObjectStore store, string name, string level, int precedence, string user, string distinguisher = "") =>
        WriteAsync(store, "flowschemas.flowcontrol.apiserver.k8s.io", name, $$$"""
            {"metadata":{"name":"{{{name}}}"},"spec":{"matchingPrecedence":{{{precedence}}},"priorityLevelConfiguration":{"name":"{{{level}}}"},"distinguisherMethod":{"type":"{{{distinguisher}}}"},
            "rules":[{"subjects":[{"kind":"User","user":{"name":"{{{user}}}"}}],"resourceRules":[{"verbs":["*"],"apiGroups":["*"],"resources":["*"],"namespaces":["*"],"clusterScope":true}],
            "nonResourceRules":[{"verbs":["*"],"nonResourceURLs":["*"]}]}]}}
            """);

    private static async Task SuggestedAsync(ObjectStore store)
    {
        foreach (var (key, json) in Proa.ApiServer.Bootstrap.BootstrapObjects.OfGroup("flowcontrol.apiserver.k8s.io"))
        {
            await WriteAsync(store, key.Resource, key.Name, Encoding.UTF8.GetString(json.Span));
        }
    }

    private static async Task WriteAsync(ObjectStore store, string resource, string name, string json)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        await store.WriteAsync(new() { Key = new(resource, "", name), Kind = WriteKind.Create, Json = bytes, RevisionOffset = bytes.AsSpan().IndexOf("\"name\""u8) }, Ct);
    }
}
