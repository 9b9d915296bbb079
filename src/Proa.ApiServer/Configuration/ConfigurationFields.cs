using Proa.Api.Json;

namespace Proa.ApiServer.Configuration;

/// <summary>Reads configuration files strictly: what is not known there is a mistake, told by its path.</summary>
internal static class ConfigurationFields
{
    /// <exception cref="FormatException">It has a field that is not among the known.</exception>
    public static void Only(JsonObject obj, string at, params ReadOnlySpan<string> known)
    {
        foreach (var (name, _) in obj)
        {
            if (!known.Contains(name))
            {
                throw new FormatException($"unknown field \"{(at.Length == 0 ? name : $"{at}.{name}")}\"");
            }
        }
    }

    public static List<string> Strings(JsonObject? owner, string field) => [.. (owner?.Array(field) ?? []).OfType<JsonString>().Select(static text => text.Value)];
}
