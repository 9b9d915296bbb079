using Proa.Api.Json;
using Proa.ApiServer.Objects;
using Proa.ApiServer.Types;

namespace Proa.ApiServer.CustomResources;

/// <summary>Between one version of a custom resource and the one that is stored now; objects may lie in any of them. Thread-safe.</summary>
internal sealed class CustomVersions(ICustomConverter converter, string kind, string spoken, string stored) : VersionView, IVersionConversion
{
    // How an object in the spoken version begins.
    private readonly byte[] _prefix = ObjectBytes.Prefix(kind, spoken);

    public JsonObject ToStored(JsonObject obj) => Convert(obj, stored);

    public JsonObject FromStored(JsonObject obj) => Convert(obj, spoken);

    public override ReadOnlyMemory<byte> Of(ReadOnlyMemory<byte> json) =>
        json.Span.StartsWith(_prefix) ? json : ObjectBytes.EncodeWhole(FromStored(JsonTree.ParseObject(json.Span)));

    /// <summary>All of them with one call of the webhook.</summary>
    public override void OfAll(ReadOnlyMemory<byte>[] items)
    {
        List<int>? others = null;
        for (var i = 0; i < items.Length; i++)
        {
            if (!items[i].Span.StartsWith(_prefix))
            {
                (others ??= []).Add(i);
            }
        }
        if (others is null)
        {
            return;
        }
        var converted = converter.Convert([.. others.Select(at => JsonTree.ParseObject(items[at].Span))], spoken);
        for (var i = 0; i < others.Count; i++)
        {
            items[others[i]] = ObjectBytes.EncodeWhole(converted[i]);
        }
    }

    private JsonObject Convert(JsonObject obj, string apiVersion) =>
        obj.String("apiVersion") == apiVersion ? obj : converter.Convert([obj], apiVersion)[0];
}
