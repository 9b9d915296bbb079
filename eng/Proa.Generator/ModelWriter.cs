using System.Text;
using System.Text.Json.Nodes;

namespace Proa.Generator;

/// <summary>Writes one C# record a type, for the kinds named in <see cref="Roots"/> and all that they refer to.</summary>
internal static class ModelWriter
{
    private static readonly string[] s_groups =
        ["core.v1", "apps.v1", "batch.v1", "discovery.v1", "coordination.v1", "policy.v1", "rbac.v1", "storage.v1", "authentication.v1",
         "authorization.v1", "autoscaling.v2", "networking.v1", "scheduling.v1", "certificates.v1"];

    private static readonly string[] s_more = ["meta.v1.Status", "meta.v1.DeleteOptions", "meta.v1.Condition", "autoscaling.v1.Scale"];

    public static int Run(string schemaFile, string folder)
    {
        var root = JsonNode.Parse(File.ReadAllText(schemaFile))!.AsObject();
        var types = root["types"]!.AsObject();
        var resources = root["resources"]!.AsArray().Select(r => r!.AsObject()).Where(r => r["sub"] is null && r["gvk"] is not null)
            .GroupBy(r => r["gvk"]!.ToString()).ToDictionary(g => g.Key, g => g.First());
        var wanted = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var (name, type) in types)
        {
            if (s_groups.Any(g => name.StartsWith(g + ".")) && type!["gvk"] is not null && !(name.EndsWith("List") && type["f"]?["items"] is not null))
            {
                Collect(name, types, wanted);
            }
        }
        foreach (var name in s_more)
        {
            Collect(name, types, wanted);
        }
        if (Directory.Exists(folder))
        {
            foreach (var old in Directory.EnumerateFiles(folder, "*.g.cs", SearchOption.AllDirectories))
            {
                File.Delete(old);
            }
        }
        foreach (var name in wanted)
        {
            var type = types[name]!.AsObject();
            var ns = Namespace(name);
            var file = Path.Combine(folder, ns, ClassName(name) + ".g.cs");
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            var resource = type["gvk"] is { } gvk && type["f"]?["metadata"] is not null ? resources.GetValueOrDefault(gvk.ToString()) : null;
            File.WriteAllText(file, new ModelClass(name, type, types, resource).Render());
        }
        Console.WriteLine($"{wanted.Count} models");
        return 0;
    }

    /// <summary><c>apps.v1.Deployment</c> → <c>Apps</c>; only a group's older version carries its number.</summary>
    public static string Namespace(string name)
    {
        var parts = name.Split('.');
        var group = char.ToUpperInvariant(parts[0][0]) + parts[0][1..];
        return name.StartsWith("autoscaling.v1.") ? "AutoscalingV1" : group;
    }

    public static string ClassName(string name) => name[(name.LastIndexOf('.') + 1)..];

    private static void Collect(string name, JsonObject types, SortedSet<string> wanted)
    {
        if (ModelClass.IsBuiltIn(name) || types[name]?["f"] is not JsonObject fields || !wanted.Add(name))
        {
            return;
        }
        foreach (var (_, field) in fields)
        {
            for (var f = field!.AsObject(); f is not null; f = (f["l"] ?? f["m"]) as JsonObject)
            {
                if (f["r"] is { } reference)
                {
                    Collect(reference.ToString(), types, wanted);
                }
            }
        }
    }
}
