using System.Globalization;
using Proa.Api.Json;
using Proa.Api.Models;
using Proa.Api.Models.Core;

namespace Proa.Controllers.Deployments;

/// <summary>A short, stable name for a pod template.</summary>
internal static class TemplateHash
{
    public const string Label = "pod-template-hash";

    // No vowels and no look-alikes, so that a hash neither spells a word nor is misread.
    private const string Alphabet = "bcdfghjklmnpqrstvwxz2456789";

    /// <param name="collisions">How many other templates have had this hash; part of it.</param>
    public static string Of(PodTemplateSpec template, int collisions)
    {
        var json = JsonTree.Parse(Model.ToUtf8(WithoutLabel(template)));
        var hash = 2166136261u;
        foreach (var b in JsonTree.ToUtf8(Sorted(json)))
        {
            hash = (hash ^ b) * 16777619u;
        }
        for (var i = 0; i < 4 && collisions > 0; i++)
        {
            hash = (hash ^ (byte)(collisions >> (8 * i))) * 16777619u;
        }
        var digits = hash.ToString(CultureInfo.InvariantCulture);
        return string.Create(digits.Length, digits, static (span, digits) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = Alphabet[digits[i] % Alphabet.Length];
            }
        });
    }

    /// <summary>The same template but for the hash.</summary>
    public static bool Same(PodTemplateSpec a, PodTemplateSpec b) => WithoutLabel(a) == WithoutLabel(b);

    public static PodTemplateSpec WithLabel(PodTemplateSpec template, string hash) => template with
    {
        Metadata = template.Metadata with { Labels = new Dictionary<string, string>(template.Metadata.Labels) { [Label] = hash } },
    };

    private static PodTemplateSpec WithoutLabel(PodTemplateSpec template)
    {
        if (!template.Metadata.Labels.ContainsKey(Label))
        {
            return template;
        }
        var labels = new Dictionary<string, string>(template.Metadata.Labels);
        labels.Remove(Label);
        return template with { Metadata = template.Metadata with { Labels = labels } };
    }

    /// <summary>Members by name: the order in which a client wrote them must not make another template.</summary>
    /// <summary>The same value with the members of all its objects by name.</summary>
    internal static JsonValue Sorted(JsonValue value)
    {
        switch (value)
        {
            case JsonObject o:
                var sorted = new JsonObject();
                foreach (var (key, member) in o.OrderBy(member => member.Key, StringComparer.Ordinal))
                {
                    sorted[key] = Sorted(member);
                }
                return sorted;
            case JsonArray a:
                return new JsonArray(a.Select(Sorted));
            default:
                return value;
        }
    }
}
