using System.Collections.Concurrent;
using Proa.Api.Json;
using Proa.Api.Meta;
using Proa.ApiServer.Webhooks;

namespace Proa.ApiServer.CustomResources;

/// <summary>
/// Has a webhook convert (strategy <c>Webhook</c>). Views of objects are made where nothing can be awaited, so the calling
/// thread waits; what was converted a moment ago is remembered, as many watchers ask for the same.
/// </summary>
internal sealed class WebhookConverter(string kind, JsonObject? conversion, WebhookClient client) : ICustomConverter
{
    private const int MaxRemembered = 256;
    private const int MaxRememberedSize = 32 * 1024;
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(30);
    private readonly WebhookTarget? _target = WebhookTarget.Of(conversion?.Object("webhook")?.Object("clientConfig"));
    private readonly string? _review = conversion?.Object("webhook")?.Array("conversionReviewVersions")?.OfType<JsonString>()
        .Select(static version => version.Value).FirstOrDefault(static version => version is "v1" or "v1beta1");
    private readonly ConcurrentDictionary<(string ApiVersion, string Json), JsonObject> _remembered = new();

    public IReadOnlyList<JsonObject> Convert(IReadOnlyList<JsonObject> objects, string apiVersion)
    {
        var converted = new JsonObject[objects.Count];
        List<(int At, string Text)>? asked = null;
        for (var i = 0; i < converted.Length; i++)
        {
            if (objects[i].String("apiVersion") == apiVersion)
            {
                converted[i] = objects[i];
                continue;
            }
            var text = objects[i].ToString();
            if (_remembered.TryGetValue((apiVersion, text), out var known))
            {
                converted[i] = known.CloneObject();
                continue;
            }
            (asked ??= []).Add((i, text));
        }
        if (asked is not null)
        {
            Ask(objects, asked, apiVersion, converted);
        }
        return converted;
    }

    private void Ask(IReadOnlyList<JsonObject> objects, List<(int At, string Text)> asked, string apiVersion, JsonObject[] converted)
    {
        var from = GroupVersionKind.Of(objects[asked[0].At].String("apiVersion") ?? "", kind);
        var subject = asked.Count > 1 ? $"{from.Group}/{from.Version}, Kind={kind}List" : $"{from.Group}/{from.Version}, Kind={kind}";
        var answers = Call([.. asked.Select(item => objects[item.At])], apiVersion, subject);
        if (answers.Count != asked.Count)
        {
            throw new ConversionFailedException($"conversion webhook for {subject} returned {answers.Count} objects, expected {asked.Count}");
        }
        for (var i = 0; i < asked.Count; i++)
        {
            var original = objects[asked[i].At];
            var place = asked.Count > 1 ? $"invalid converted object at index {i}" : "invalid object";
            var answer = answers[i] as JsonObject
                ?? throw new ConversionFailedException($"conversion webhook for {subject} returned {place}: it is no object");
            ConvertedObject.Check(original, answer, apiVersion, subject, place);
            ConvertedObject.RestoreMetadata(original, answer, subject, asked.Count > 1 ? $"invalid metadata in object at index {i}" : "invalid metadata");
            converted[asked[i].At] = answer;
            Remember(apiVersion, asked[i].Text, answer);
        }
    }

    private JsonArray Call(List<JsonObject> objects, string apiVersion, string subject)
    {
        if (_review is null)
        {
            throw new ConversionFailedException("no supported conversion review versions");
        }
        if (_target is null)
        {
            throw new ConversionFailedException("webhook configuration must have either service or URL");
        }
        var uid = Guid.NewGuid().ToString();
        var review = new JsonObject
        {
            ["kind"] = "ConversionReview",
            ["apiVersion"] = "apiextensions.k8s.io/" + _review,
            ["request"] = new JsonObject { ["uid"] = uid, ["desiredAPIVersion"] = apiVersion, ["objects"] = new JsonArray(objects) },
        };
        try
        {
            var answer = client.PostAsync(_target, review, s_timeout, CancellationToken.None).AsTask().GetAwaiter().GetResult();
            return ConvertedObject.Objects(answer, uid, _review);
        }
        catch (WebhookCallException e)
        {
            throw new ConversionFailedException($"conversion webhook for {subject} failed: {e.Message}");
        }
    }

    private void Remember(string apiVersion, string text, JsonObject converted)
    {
        if (text.Length > MaxRememberedSize)
        {
            return;
        }
        if (_remembered.Count >= MaxRemembered)
        {
            _remembered.Clear();
        }
        _remembered[(apiVersion, text)] = converted.CloneObject();
    }
}
