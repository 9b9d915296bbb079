using System.Text.Json.Nodes;

namespace Proa.EndToEnd.Tests.Behaviour;

/// <summary>
/// A recording of what a real Kubernetes 1.36 cluster made of a manifest: <c>manifests</c> as applied, <c>objects</c> and
/// <c>events</c> as they stood later. Seven have one change in between, made here by <see cref="Change"/>.
/// </summary>
internal sealed class Scenario(string file)
{
    private readonly JsonObject _json = JsonNode.Parse(File.ReadAllText(file))!.AsObject();

    /// <summary>Of kinds whose controllers are not here yet: autoscaling.</summary>
    private static readonly HashSet<string> s_later = ["hpa-no-metrics"];

    public static IEnumerable<string> Names => Directory.EnumerateFiles(Folder, "*.json").Select(file => Path.GetFileNameWithoutExtension(file)!).Where(name => !s_later.Contains(name)).Order(StringComparer.Ordinal);

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Behaviour", "Scenarios");

    public static Scenario Load(string name) => new(Path.Combine(Folder, name + ".json"));

    public JsonArray Manifests => _json["manifests"]!.AsArray();

    public JsonArray Objects => _json["objects"]!.AsArray();

    public JsonArray Events => _json["events"]!.AsArray();

    public bool HasChange => _json["then"] is not null;

    /// <summary>The kubectl calls that make the scenario's change.</summary>
    public static string[][] Change(string name, string image) => name switch
    {
        "deployment-rollout-bad-image" => [["set", "image", "deployment/d", "c=docker.io/local/absent:2"]],
        "deployment-rollout-new-env" => [["set", "env", "deployment/d", "V=2"]],
        "deployment-scaled" => [["scale", "deployment/d", "--replicas=4"]],
        "pod-deleted-graceful" => [["delete", "pod", "p", "--wait=false"]],
        "pod-ephemeral" => [["patch", "pod", "p", "--subresource=ephemeralcontainers", "-p",
            $$$"""{"spec":{"ephemeralContainers":[{"name":"dbg","image":"{{{image}}}","imagePullPolicy":"Never","command":["/bin/sh","-c","sleep 1000"]}]}}"""]],
        "pod-image-updated" => [["set", "image", "pod/p", $"c={image}-absent"]],
        "pod-resized" => [["patch", "pod", "p", "--subresource=resize", "-p",
            """{"spec":{"containers":[{"name":"c","resources":{"requests":{"cpu":"20m"},"limits":{"cpu":"200m"}}}]}}"""]],
        _ => throw new ArgumentException($"no change is known for {name}", nameof(name)),
    };
}
