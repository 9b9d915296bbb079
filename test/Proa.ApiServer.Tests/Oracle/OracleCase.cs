using Proa.Api.Json;

namespace Proa.ApiServer.Tests.Oracle;

/// <summary>A recorded conversation with a Kubernetes 1.36 API server.</summary>
/// <param name="Cleanup">Paths of the cluster-scoped objects that it leaves.</param>
public sealed record OracleCase(string Name, IReadOnlyList<JsonObject> Steps, IReadOnlyList<string> Cleanup)
{
    private static readonly string s_folder = Path.Combine(AppContext.BaseDirectory, "Oracle");

    /// <summary>The names of the cases that must pass; the list only grows.</summary>
    public static IReadOnlyList<string> Required { get; } =
        [.. File.ReadAllLines(Path.Combine(s_folder, "required.txt")).Where(static line => line.Length > 0)];

    public static IReadOnlyList<string> All { get; } =
    [
        .. Directory.EnumerateFiles(Path.Combine(s_folder, "cases"), "*.json", SearchOption.AllDirectories)
            .Select(static file => Path.GetRelativePath(Path.Combine(s_folder, "cases"), file)[..^5].Replace('\\', '/'))
            .Order(StringComparer.Ordinal),
    ];

    public static OracleCase Load(string name)
    {
        var recorded = JsonTree.ParseObject(File.ReadAllBytes(Path.Combine(s_folder, "cases", name + ".json")));
        return new(
            name,
            [.. recorded.Array("steps")!.Cast<JsonObject>()],
            [.. (recorded.Array("cleanup") ?? []).Cast<JsonString>().Select(static path => path.Value)]);
    }
}
