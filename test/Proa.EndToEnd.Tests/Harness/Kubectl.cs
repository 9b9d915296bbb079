using System.Text.Json.Nodes;

namespace Proa.EndToEnd.Tests.Harness;

/// <summary>The stock kubectl with one cluster's kubeconfig and its own cache folder.</summary>
internal sealed class Kubectl(string kubeconfig)
{
    private readonly Dictionary<string, string> _environment = new()
    {
        ["KUBECONFIG"] = kubeconfig,
        ["KUBECACHEDIR"] = Path.Combine(Path.GetDirectoryName(kubeconfig)!, "kubectl-cache"),
    };

    public Task<CommandResult> RunAsync(params string[] arguments) => CommandResult.RunAsync("kubectl", arguments, null, _environment);

    /// <summary>Stdout of a call that must succeed.</summary>
    public async Task<string> MustAsync(params string[] arguments) => (await RunAsync(arguments)).Must();

    public Task<CommandResult> RunWithInputAsync(string stdin, params string[] arguments) =>
        CommandResult.RunAsync("kubectl", arguments, stdin, _environment);

    public async Task ApplyAsync(string yaml) => (await RunWithInputAsync(yaml, "apply", "-f", "-")).Must();

    public async Task<JsonNode> JsonAsync(params string[] arguments) => JsonNode.Parse(await MustAsync([.. arguments, "-o", "json"]))!;

    public Task<string> WaitAsync(string ns, string what, string condition, int seconds = 90) =>
        MustAsync("-n", ns, "wait", what, $"--for={condition}", $"--timeout={seconds}s");
}
