using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Proa.Api.Models;
using Proa.Api.Models.Core;
using Proa.Api.Models.Meta;
using Proa.Client.Informers;
using Proa.Testing;

namespace Proa.Client.Tests.Informers;

public sealed class InformerTests : IAsyncDisposable
{
    private readonly ScriptedClient _client = new();
    private readonly ManualTimeProvider _time = new();
    private readonly CancellationTokenSource _stop = new(TimeSpan.FromSeconds(30));
    private readonly Channel<string> _told = Channel.CreateUnbounded<string>();
    private readonly Informer<ConfigMap> _informer;
    private readonly Task _running;

    public InformerTests()
    {
        _informer = new(_client, null, null, _time, NullLogger.Instance);
        _informer.AddIndex("app", o => o.Metadata.Labels.TryGetValue("app", out var app) ? [app] : []);
        _informer.Subscribe(Tell);
        _running = _informer.RunAsync(_stop.Token);
    }

    private CancellationToken Ct => _stop.Token;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    [Fact]
    public async Task Run_ListThenWatch_TellsInOrderAndKeepsTheNewest()
    {
        _client.AnswerList("5", ScriptedClient.ConfigMap("a", "3", label: "x"));
        await _informer.SyncedAsync(Ct);
        Assert.Equal("3", _informer.Get("default", "a")!.Metadata.ResourceVersion);

        var watch = await _client.WatchOpenedAsync(Ct);
        Assert.Equal("5", watch.Options.ResourceVersion);
        watch.Send(WatchKind.Added, ScriptedClient.ConfigMap("b", "6"));
        watch.Send(WatchKind.Modified, ScriptedClient.ConfigMap("a", "7", label: "y"));
        watch.Send(WatchKind.Deleted, ScriptedClient.ConfigMap("b", "8"));

        Assert.Equal(["+a@3", "+b@6", "a@3>7", "-b@8"], await ToldAsync(4));
        Assert.Empty(_informer.ByIndex("app", "x"));
        Assert.Equal("a", Assert.Single(_informer.ByIndex("app", "y")).Metadata.Name);
        Assert.Single(_informer.List());
        Assert.Empty(_informer.List("other"));
    }

    [Fact]
    public async Task Run_WatchEnds_ResumesAfterTheLastRevision()
    {
        _client.AnswerList("5");
        var first = await _client.WatchOpenedAsync(Ct);
        first.Send(WatchKind.Added, ScriptedClient.ConfigMap("a", "6"));
        first.Send(WatchKind.Bookmark, """{"metadata":{"resourceVersion":"9"}}"""u8.ToArray());
        Assert.Equal(["+a@6"], await ToldAsync(1));
        _time.Advance(TimeSpan.FromSeconds(2));
        first.End();

        var second = await _client.WatchOpenedAsync(Ct);
        Assert.Equal("9", second.Options.ResourceVersion);
    }

    [Fact]
    public async Task Run_RevisionGone_ListsAgainAndTellsTheDifference()
    {
        _client.AnswerList("5", ScriptedClient.ConfigMap("a", "1"), ScriptedClient.ConfigMap("b", "2"), ScriptedClient.ConfigMap("c", "3", uid: "old"));
        var watch = await _client.WatchOpenedAsync(Ct);
        Assert.Equal(["+a@1", "+b@2", "+c@3"], await ToldAsync(3));

        _client.AnswerList("20", ScriptedClient.ConfigMap("a", "1"), ScriptedClient.ConfigMap("c", "18", uid: "new"), ScriptedClient.ConfigMap("d", "19"));
        watch.Send(WatchKind.Error, Model.ToUtf8(new Status { Code = 410, Reason = "Expired" }));
        await AdvanceUntilAsync(_client.WatchOpenedAsync(Ct).AsTask());

        Assert.Equal(["-c@3", "+c@18", "+d@19", "-b@2"], await ToldAsync(4));
    }

    [Fact]
    public async Task Run_WatchBreaks_ListsAgainAfterAPause()
    {
        _client.AnswerList("5");
        var watch = await _client.WatchOpenedAsync(Ct);
        _client.AnswerList(_ => new Status { Code = 503, Reason = "ServiceUnavailable" });
        _client.AnswerList("7", ScriptedClient.ConfigMap("a", "6"));
        watch.End(new HttpRequestException("reset"));

        await AdvanceUntilAsync(_client.WatchOpenedAsync(Ct).AsTask());
        Assert.Equal(["+a@6"], await ToldAsync(1));
    }

    [Fact]
    public async Task Run_UnreadableObject_IsPassedOver()
    {
        _client.AnswerList("5", """{"metadata":{"name":7}}"""u8.ToArray(), ScriptedClient.ConfigMap("a", "1"));
        Assert.Equal(["+a@1"], await ToldAsync(1));
    }

    [Fact]
    public async Task Subscribe_AfterTheList_TellsWhatExistsFirst()
    {
        _client.AnswerList("5", ScriptedClient.ConfigMap("a", "1"));
        await _informer.SyncedAsync(Ct);
        await ToldAsync(1);
        var watch = await _client.WatchOpenedAsync(Ct);

        using var late = _informer.Subscribe(Tell);
        Assert.Equal(["+a@1"], await ToldAsync(1));
        watch.Send(WatchKind.Modified, ScriptedClient.ConfigMap("a", "2"));
        Assert.Equal(["a@1>2", "a@1>2"], await ToldAsync(2));
    }

    [Fact]
    public async Task Subscribe_AHandlerThatThrows_DoesNotStopTheOthers()
    {
        using var bad = _informer.Subscribe(_ => throw new InvalidOperationException());
        using var good = _informer.Subscribe(Tell);
        _client.AnswerList("5", ScriptedClient.ConfigMap("a", "1"));
        Assert.Equal(["+a@1", "+a@1"], await ToldAsync(2));
    }

    private void Tell(InformerEvent<ConfigMap> change) => _told.Writer.TryWrite(change switch
    {
        { Old: null } => $"+{change.New!.Metadata.Name}@{change.New.Metadata.ResourceVersion}",
        { New: null } => $"-{change.Old.Metadata.Name}@{change.Old.Metadata.ResourceVersion}",
        _ => $"{change.New.Metadata.Name}@{change.Old.Metadata.ResourceVersion}>{change.New.Metadata.ResourceVersion}",
    });

    private async Task<List<string>> ToldAsync(int count)
    {
        var told = new List<string>();
        while (told.Count < count)
        {
            told.Add(await _told.Reader.ReadAsync(Ct));
        }
        return told;
    }

    private async Task AdvanceUntilAsync(Task task)
    {
        while (!task.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
        await task;
    }
}
