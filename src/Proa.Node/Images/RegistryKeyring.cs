using System.Text;
using System.Text.Json;
using Proa.Api.Models.Core;

namespace Proa.Node.Images;

/// <summary>
/// The logins of a pod's pull secrets, found by repository: a key names a registry (its parts may be globs) and perhaps the
/// start of a path; the longest key is tried first.
/// </summary>
internal sealed class RegistryKeyring
{
    private readonly List<(string Host, string Path, RegistryCredential Credential)> _entries = [];

    /// <summary>Adds a secret of either docker type; others and malformed ones hold no logins.</summary>
    public void Add(Secret secret)
    {
        try
        {
            if (secret.Type == "kubernetes.io/dockerconfigjson" && secret.Data.TryGetValue(".dockerconfigjson", out var config))
            {
                using var document = JsonDocument.Parse(config);
                if (document.RootElement.TryGetProperty("auths", out var auths))
                {
                    AddAll(auths);
                }
            }
            else if (secret.Type == "kubernetes.io/dockercfg" && secret.Data.TryGetValue(".dockercfg", out var old))
            {
                using var document = JsonDocument.Parse(old);
                AddAll(document.RootElement);
            }
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            // The API checks these types when they are written; what is malformed all the same logs in nowhere.
        }
        _entries.Sort((a, b) => string.CompareOrdinal(b.Host + b.Path, a.Host + a.Path));
    }

    public IReadOnlyList<RegistryCredential> For(ImageReference image)
    {
        var found = new List<RegistryCredential>();
        foreach (var (host, path, credential) in _entries)
        {
            var isDockerHub = host is "index.docker.io" or "docker.io" && image.Registry == "docker.io";
            if ((isDockerHub || HostMatches(host, image.Registry)) && (isDockerHub || ("/" + image.Path).StartsWith(path, StringComparison.Ordinal)))
            {
                found.Add(credential);
            }
        }
        return found;
    }

    private void AddAll(JsonElement auths)
    {
        foreach (var entry in auths.EnumerateObject())
        {
            var user = Text(entry.Value, "username");
            var password = Text(entry.Value, "password");
            if (Text(entry.Value, "auth") is { Length: > 0 } both)
            {
                var plain = Encoding.UTF8.GetString(Convert.FromBase64String(both));
                var colon = plain.IndexOf(':');
                (user, password) = colon < 0 ? (user, password) : (plain[..colon], plain[(colon + 1)..].TrimEnd('\0'));
            }
            var key = entry.Name;
            key = key.StartsWith("https://", StringComparison.Ordinal) ? key[8..] : key.StartsWith("http://", StringComparison.Ordinal) ? key[7..] : key;
            var slash = key.IndexOf('/');
            var path = slash < 0 ? "" : key[slash..].TrimEnd('/');
            // The API's version in a registry's URL is no part of an image's path.
            path = path is "/v1" or "/v2" ? "" : path;
            _entries.Add((slash < 0 ? key : key[..slash], path, new(user ?? "", password ?? "", Text(entry.Value, "identitytoken"))));
        }
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static bool HostMatches(string pattern, string host)
    {
        var (patternName, patternPort) = SplitPort(pattern);
        var (name, port) = SplitPort(host);
        if (patternPort != port)
        {
            return false;
        }
        var wanted = patternName.Split('.');
        var parts = name.Split('.');
        return wanted.Length == parts.Length && wanted.Zip(parts).All(pair => System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(pair.First, pair.Second, ignoreCase: true));
    }

    private static (string Name, string Port) SplitPort(string host) =>
        host.LastIndexOf(':') is var colon and >= 0 && !host.EndsWith(']') ? (host[..colon], host[colon..]) : (host, "");
}
