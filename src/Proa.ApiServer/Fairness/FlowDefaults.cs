using Proa.Api.Json;
using Proa.ApiServer.Bootstrap;
using Proa.Client;
using Proa.Store;

namespace Proa.ApiServer.Fairness;

/// <summary>
/// Keeps the levels and flow schemas that a cluster comes with as they should be: mandatory ones always, suggested ones unless
/// the annotation <c>apf.kubernetes.io/autoupdate-spec</c> or, without it, a change of the user's says otherwise. It looks once a
/// minute, so that it never races with another who insists on something else. See "Maintenance of the Mandatory and Suggested
/// Configuration Objects" in the reference.
/// </summary>
public sealed class FlowDefaults(IObjectStore store, IClusterClient client, TimeProvider time)
{
    private const string Group = "flowcontrol.apiserver.k8s.io";
    private const string AutoUpdate = "apf.kubernetes.io/autoupdate-spec";
    private static readonly TimeSpan s_period = TimeSpan.FromMinutes(1);
    private static readonly WriteOptions s_options = new("api-priority-and-fairness-config-producer-v1");
    private readonly Dictionary<ObjectKey, long> _good = [];
    private List<BootstrapObject>? _wanted;

    /// <summary>Looks now and once a minute until cancelled.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(s_period, time);
        try
        {
            do
            {
                await EnsureAsync(ct);
            }
            while (await timer.WaitForNextTickAsync(ct));
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
        }
    }

    /// <summary>Puts right what is not; what another one changes meanwhile is looked at the next time.</summary>
    internal async Task EnsureAsync(CancellationToken ct)
    {
        _wanted ??= BootstrapObjects.OfGroup(Group);
        foreach (var (key, json) in _wanted)
        {
            var path = new ResourcePath(Group, "v1", key.Resource[..key.Resource.IndexOf('.')], null, key.Name);
            if (store.Get(key) is not { } there)
            {
                var missing = JsonTree.ParseObject(json.Span);
                missing.Remove("status");
                await client.CreateAsync(path with { Name = null }, JsonTree.ToUtf8(missing), s_options, ct);
            }
            else if (_good.GetValueOrDefault(key) != there.Revision)
            {
                if (Revised(JsonTree.ParseObject(there.Json.Span), JsonTree.ParseObject(json.Span), key.Name is "exempt" or MandatoryFlow.CatchAll) is { } revised)
                {
                    await client.UpdateAsync(path, JsonTree.ToUtf8(revised), s_options, ct);
                }
                else
                {
                    _good[key] = there.Revision;
                }
            }
        }
        foreach (var collection in _wanted.Select(static wanted => wanted.Key.Resource).Distinct())
        {
            foreach (var stored in store.List(collection, null)!.Items)
            {
                // One that an older version came with.
                if (_good.GetValueOrDefault(stored.Key) != stored.Revision && !_wanted.Exists(wanted => wanted.Key == stored.Key))
                {
                    if (Bool(JsonTree.ParseObject(stored.Json.Span)) == true)
                    {
                        await client.DeleteAsync(new(Group, "v1", collection[..collection.IndexOf('.')], null, stored.Key.Name), DeleteRequest.Default, ct);
                    }
                    else
                    {
                        _good[stored.Key] = stored.Revision;
                    }
                }
            }
        }
    }

    /// <returns>Null: it is as it should be.</returns>
    internal static JsonObject? Revised(JsonObject have, JsonObject want, bool mandatory)
    {
        var metadata = have.Object("metadata")!;
        var follows = mandatory || (Bool(have) ?? metadata.Int("generation") == 1);
        var spec = (JsonObject)want.Object("spec")!.Clone();
        // Its shares are the user's to choose.
        if (spec.Object("exempt") is not null && have.Object("spec")?.Object("exempt") is { } exempt)
        {
            spec["exempt"] = exempt.Clone();
        }
        var differs = follows && !spec.DeepEquals(have.Object("spec"));
        if (!differs && Bool(have) == follows)
        {
            return null;
        }
        if (differs)
        {
            have["spec"] = spec;
        }
        if (metadata.Object("annotations") is not { } annotations)
        {
            metadata["annotations"] = annotations = [];
        }
        if (Bool(have) != follows)
        {
            annotations[AutoUpdate] = new JsonString(follows ? "true" : "false");
        }
        return have;
    }

    // As the original reads truth values; null: it says nothing.
    private static bool? Bool(JsonObject obj) => obj.Object("metadata")?.Object("annotations")?.String(AutoUpdate) switch
    {
        "1" or "t" or "T" or "TRUE" or "true" or "True" => true,
        "0" or "f" or "F" or "FALSE" or "false" or "False" => false,
        _ => null,
    };
}
