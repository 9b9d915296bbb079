using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Proa.Api.Models;
using Proa.Api.Models.Core;
using Proa.Api.Models.Meta;
using Proa.Client.Events;
using Proa.Testing;

namespace Proa.Client.Tests.Events;

public sealed class EventRecorderTests : IAsyncDisposable
{
    private readonly ScriptedClient _client = new();
    private readonly ManualTimeProvider _time = new();
    private readonly CancellationTokenSource _stop = new(TimeSpan.FromSeconds(30));
    private readonly Channel<(string Verb, string? Name, string Body)> _writes = Channel.CreateUnbounded<(string, string?, string)>();
    private readonly Pod _pod = new() { Metadata = new() { Name = "p", Namespace = "n", Uid = "u" } };
    private Task _running = Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    [Fact]
    public async Task Record_TheSameAgain_CountsOnTheSameEvent()
    {
        var recorder = Start(new("kubelet", "n1"));
        recorder.Record(_pod, "Warning", "BackOff", "again", "spec.containers{c}");
        var (verb, _, body) = await NextAsync();
        Assert.Equal("create", verb);
        var made = Model.Read<Event>(Encoding.UTF8.GetBytes(body));
        Assert.Matches("^p\\.[0-9a-f]{16}$", made.Metadata.Name);
        Assert.Equal(1, made.Count);
        Assert.Equal(new EventSource { Component = "kubelet", Host = "n1" }, made.Source);
        Assert.Equal("spec.containers{c}", made.InvolvedObject.FieldPath);
        Assert.Equal(made.FirstTimestamp, made.LastTimestamp);
        Assert.Null(made.EventTime);

        _time.Advance(TimeSpan.FromSeconds(7));
        recorder.Record(_pod, "Warning", "BackOff", "again", "spec.containers{c}");
        var second = await NextAsync();
        Assert.Equal(("patch", made.Metadata.Name), (second.Verb, second.Name));
        Assert.Equal("""{"count":2,"lastTimestamp":"2026-01-01T00:00:07Z","message":"again"}""", second.Body);
    }

    [Fact]
    public async Task Record_WhatCountedIsGone_BeginsAnewWithTheCount()
    {
        var recorder = Start(new("c"));
        recorder.Normal(_pod, "R", "m");
        await NextAsync();
        _client.OnWrite = (verb, path, body) =>
        {
            _writes.Writer.TryWrite((verb, path.Name, Encoding.UTF8.GetString(body.Span)));
            return verb == "patch" ? new Status { Code = 404 } : body;
        };
        recorder.Normal(_pod, "R", "m");
        Assert.Equal("patch", (await NextAsync()).Verb);
        var (verb, _, body) = await NextAsync();
        Assert.Equal("create", verb);
        Assert.Equal(2, Model.Read<Event>(Encoding.UTF8.GetBytes(body)).Count);
    }

    [Fact]
    public async Task Record_ManyMessagesOfOneReason_BecomeOneCombinedEvent()
    {
        var recorder = Start(new("c"));
        for (var i = 0; i < 12; i++)
        {
            recorder.Normal(_pod, "R", $"m{i}");
        }
        var verbs = new List<string>();
        var bodies = new List<string>();
        for (var i = 0; i < 12; i++)
        {
            var write = await NextAsync();
            verbs.Add(write.Verb);
            bodies.Add(write.Body);
        }
        Assert.Equal(10, verbs.Count(verb => verb == "create"));
        Assert.Contains("(combined from similar events): m9", bodies[9]);
        Assert.Contains("\"count\":3", bodies[11]);
        Assert.Contains("(combined from similar events): m11", bodies[11]);
    }

    [Fact]
    public async Task Record_MoreThanTheAllowance_IsDroppedUntilItRefills()
    {
        var recorder = Start(new("c"));
        for (var i = 0; i < 40; i++)
        {
            recorder.Normal(_pod, "R", "m");
        }
        recorder.Normal(new Pod { Metadata = new() { Name = "q", Namespace = "n" } }, "R", "m");
        var last = "";
        var count = 0;
        while (!last.Contains("\"q\""))
        {
            last = (await NextAsync()).Body;
            count++;
        }
        Assert.Equal(26, count);
        _time.Advance(TimeSpan.FromMinutes(5));
        recorder.Normal(_pod, "R", "m");
        Assert.Contains("\"count\":26", (await NextAsync()).Body);
    }

    [Fact]
    public async Task Record_SeriesStyle_HasNoCountAndTellsTheAction()
    {
        var recorder = Start(new("default-scheduler", "default-scheduler-h") { Style = EventStyle.Series });
        recorder.Record(EventRecorderExtensions.ReferenceTo(_pod, null), "Normal", "Scheduled", "m", "Binding");
        var made = Model.Read<Event>(Encoding.UTF8.GetBytes((await NextAsync()).Body));
        Assert.Null(made.Count);
        Assert.Null(made.FirstTimestamp);
        Assert.Equal(EventSource.Empty, made.Source);
        Assert.Equal(("default-scheduler", "default-scheduler-h", "Binding"), (made.ReportingComponent, made.ReportingInstance, made.Action));
        Assert.NotNull(made.EventTime);

        recorder.Record(EventRecorderExtensions.ReferenceTo(_pod, null), "Normal", "Scheduled", "m", "Binding");
        Assert.Contains("\"series\":{\"count\":2", (await NextAsync()).Body);
    }

    private EventRecorder Start(EventRecorderOptions options)
    {
        _client.OnWrite = (verb, path, body) =>
        {
            _writes.Writer.TryWrite((verb, path.Name, Encoding.UTF8.GetString(body.Span)));
            // A patch's answer is the whole object; the recorder counts on from it.
            return verb == "create" ? _last = body : Counted(body);
        };
        var recorder = new EventRecorder(_client, options, _time, NullLogger.Instance);
        _running = recorder.RunAsync(_stop.Token);
        return recorder;
    }

    private ReadOnlyMemory<byte> _last;

    private ReadOnlyMemory<byte> Counted(ReadOnlyMemory<byte> patch)
    {
        var e = Model.Read<Event>(_last);
        var change = Model.Read<Event>(patch);
        return _last = Model.ToUtf8(e with { Count = change.Count ?? e.Count, Series = change.Series ?? e.Series });
    }

    private async Task<(string Verb, string? Name, string Body)> NextAsync() => await _writes.Reader.ReadAsync(_stop.Token);
}
