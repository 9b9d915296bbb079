using Proa.Api.Json;
using Proa.Api.Quota;
using Proa.Client;
using Proa.Client.Informers;

namespace Proa.Controllers.ResourceQuotas;

/// <summary>Follows one kind and tells in which namespace something stopped counting, or counts differently.</summary>
/// <param name="several">
/// Several servers charge: one may count before what another has charged is written, so that what is new is counted too.
/// </param>
/// <param name="changed">Given a namespace; null: any.</param>
internal sealed class CountedKind(string collection, TimeProvider time, bool several, Action<string?> changed) : IReflectorSink
{
    private readonly Dictionary<(string Namespace, string Name), ResourceList> _usage = [];

    public void Replace(IReadOnlyList<ReadOnlyMemory<byte>> items)
    {
        _usage.Clear();
        foreach (var item in items)
        {
            Note(JsonTree.ParseObject(item.Span));
        }
        changed(null);
    }

    public string? Apply(WatchKind kind, ReadOnlyMemory<byte> json)
    {
        var obj = JsonTree.ParseObject(json.Span);
        var metadata = obj.Object("metadata");
        var ns = metadata?.String("namespace") ?? "";
        if (kind == WatchKind.Deleted)
        {
            _usage.Remove((ns, metadata?.String("name") ?? ""));
            changed(ns);
        }
        else if (Note(obj) || (several && kind == WatchKind.Added))
        {
            changed(ns);
        }
        return metadata?.String("resourceVersion");
    }

    /// <returns>True when it is known and counts otherwise than before; what is new was charged when it was admitted.</returns>
    private bool Note(JsonObject obj)
    {
        if (collection is not ("pods" or "services" or "persistentvolumeclaims"))
        {
            return false;
        }
        var metadata = obj.Object("metadata");
        var key = (metadata?.String("namespace") ?? "", metadata?.String("name") ?? "");
        var usage = QuotaUsage.Of(collection, obj, time.GetUtcNow());
        var differs = _usage.TryGetValue(key, out var before) && !before.Same(usage);
        _usage[key] = usage;
        return differs;
    }
}
