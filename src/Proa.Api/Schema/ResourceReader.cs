using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Schema;

/// <summary>Reads the schema file's resources, one a line, and adds what <see cref="ResourceNames"/> knows.</summary>
internal static class ResourceReader
{
    public static IReadOnlyList<ServedResource> Read(ReadOnlySpan<byte> text)
    {
        var resources = new List<ServedResource>();
        while (text.Length > 0 && text[0] == '{')
        {
            var end = text.IndexOf((byte)'\n');
            var line = text[..end];
            Read(JsonTree.ParseObject(line[^1] == ',' ? line[..^1] : line), resources);
            text = text[(end + 1)..];
        }
        return resources;
    }

    /// <summary><c>apps/v1/Deployment</c>; the core group is empty.</summary>
    public static GroupVersionKind ParseGvk(string text)
    {
        var parts = text.Split('/');
        return new(parts[0], parts[1], parts[2]);
    }

    // A subresource's line follows its resource's.
    private static void Read(JsonObject line, List<ServedResource> resources)
    {
        var group = line.String("group")!;
        var plural = line.String("plural")!;
        if (line.String("gvk") is not { } gvkText)
        {
            return;
        }
        var gvk = ParseGvk(gvkText);
        var verbs = line.Array("verbs")!.Select(v => ((JsonString)v).Value).ToList();
        // The states of components are made when they are asked for: there is nothing to watch.
        if (verbs.Contains("list") && plural != "componentstatuses")
        {
            verbs.Add("watch");
        }
        verbs.Sort(StringComparer.Ordinal);
        if (line.String("sub") is { } sub)
        {
            var owner = resources[^1];
            resources[^1] = owner with { Subresources = [.. owner.Subresources, new ServedSubresource(sub, gvk, verbs)] };
            return;
        }
        resources.Add(new ServedResource(
            group,
            line.String("version")!,
            plural,
            ResourceNames.Singular(gvk.Kind),
            gvk.Kind,
            line.Bool("namespaced")!.Value,
            verbs,
            ResourceNames.ShortNames(group, plural),
            ResourceNames.Categories(group, plural),
            []));
    }
}
