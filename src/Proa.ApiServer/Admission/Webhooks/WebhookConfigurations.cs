using Proa.Api.Json;
using Proa.Store;

namespace Proa.ApiServer.Admission.Webhooks;

/// <summary>
/// All webhooks of one kind of configuration, in the order of the configurations' names. Read again only when a configuration
/// changed. Thread-safe.
/// </summary>
internal sealed class WebhookConfigurations(IObjectStore store, string collection)
{
    private volatile Parsed _parsed = new([], []);

    public IReadOnlyList<Webhook> All
    {
        get
        {
            var items = store.List(collection, null)!.Items;
            var parsed = _parsed;
            if (!parsed.IsOf(items))
            {
                _parsed = parsed = Parse(items);
            }
            return parsed.Webhooks;
        }
    }

    private static Parsed Parse(IReadOnlyList<StoredObject> items)
    {
        var webhooks = new List<Webhook>();
        foreach (var item in items)
        {
            var index = 0;
            foreach (var webhook in JsonTree.ParseObject(item.Json.Span).Array("webhooks")?.OfType<JsonObject>() ?? [])
            {
                webhooks.Add(new(item.Key.Name, index++, webhook));
            }
        }
        return new([.. items], webhooks);
    }

    private sealed record Parsed(StoredObject[] Sources, IReadOnlyList<Webhook> Webhooks)
    {
        public bool IsOf(IReadOnlyList<StoredObject> items)
        {
            if (items.Count != Sources.Length)
            {
                return false;
            }
            for (var i = 0; i < Sources.Length; i++)
            {
                if (!ReferenceEquals(items[i], Sources[i]))
                {
                    return false;
                }
            }
            return true;
        }
    }
}
