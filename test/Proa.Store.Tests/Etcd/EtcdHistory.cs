using System.Text.Json;
using Google.Protobuf;
using Microsoft.Extensions.Logging.Abstractions;
using Proa.Store.Etcd;
using Proa.Store.Etcd.Rpc;

namespace Proa.Store.Tests.Etcd;

/// <summary>What etcd itself says that happened to a prefix's objects: no store is between.</summary>
internal sealed class EtcdHistory : IDisposable
{
    private readonly EtcdMembers _members;
    private readonly EtcdKeys _keys;

    private EtcdHistory(EtcdOptions options) =>
        (_members, _keys) = (new EtcdMembers(options, TimeProvider.System, NullLogger.Instance), new EtcdKeys(options.Prefix));

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static async Task<EtcdHistory> OpenAsync(EtcdOptions options)
    {
        var history = new EtcdHistory(options);
        await history._members.ConnectAsync(Ct);
        return history;
    }

    /// <summary>All changes after a revision, in order.</summary>
    /// <returns>With the revision up to which these are all.</returns>
    public async Task<(List<EtcdChange> Changes, long Until)> AfterAsync(long revision)
    {
        var mark = await _members.CallAsync(EtcdCalls.Put, new PutRequest { Key = _keys.Own("mark") }, Ct);
        var until = mark.Value.Header.Revision;
        var changes = new List<EtcdChange>();
        while (revision < until)
        {
            revision = await ReadAsync(revision, until, changes);
        }
        return (changes, until);
    }

    public void Dispose() => _members.Dispose();

    /// <summary>Until the end, or until the member fails.</summary>
    private async Task<long> ReadAsync(long revision, long until, List<EtcdChange> changes)
    {
        if (await _members.FollowableAsync(Ct) is not { } member)
        {
            return revision;
        }
        var create = new WatchCreateRequest { Key = _keys.All, RangeEnd = _keys.AllEnd, StartRevision = revision + 1 };
        using var stream = member.Client.HeldStream(EtcdCalls.Watch, new WatchRequest { CreateRequest = create }, WatchResponse.Parser, Ct);
        while (revision < until && await stream.NextAsync(Ct) is { } response)
        {
            Assert.False(response.Canceled, response.CancelReason);
            foreach (var happened in response.Events)
            {
                revision = happened.Kv.ModRevision;
                if (revision <= until && _keys.TryParse(happened.Kv.Key.Span, out var key))
                {
                    var state = happened.Type == Event.Types.EventType.Delete ? EtcdChange.Gone : Value(happened.Kv.Value);
                    changes.Add(new EtcdChange(revision, key.Value.Resource, key.Value.Name, state));
                }
            }
        }
        if (revision < until)
        {
            _members.Fail(member, stream.Status.Message);
        }
        return revision;
    }

    private static string Value(ByteString json) => JsonElement.Parse(json.Span).GetProperty("data").GetProperty("value").GetString()!;
}
