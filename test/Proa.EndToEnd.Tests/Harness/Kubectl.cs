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

    /// <summary>On a terminal of its own, as a person at a prompt has it.</summary>
    public Task<CommandResult> OnTerminalAsync(string typed, params string[] arguments) =>
        CommandResult.RunAsync("script", ["--quiet", "--return", "--command", $"kubectl {string.Join(' ', arguments)}", "/dev/null"], typed, _environment);

    public async Task ApplyAsync(string yaml) => (await RunWithInputAsync(yaml, "apply", "-f", "-")).Must();

    public async Task<JsonNode> JsonAsync(params string[] arguments) => JsonNode.Parse(await MustAsync([.. arguments, "-o", "json"]))!;

    /// <summary>A running <c>get --watch</c>: one line of output a change, the present state first. The caller ends it.</summary>
    public System.Diagnostics.Process Watch(string ns, string kind) => Start("-n", ns, "get", kind, "--watch", "-o", "name");

    /// <summary>A kubectl that goes on running; the caller reads its output and ends it.</summary>
    public System.Diagnostics.Process Start(params string[] arguments)
    {
        var start = new System.Diagnostics.ProcessStartInfo("kubectl") { RedirectStandardOutput = true };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }
        foreach (var (name, value) in _environment)
        {
            start.Environment[name] = value;
        }
        return System.Diagnostics.Process.Start(start)!;
    }

    public Task<string> WaitAsync(string ns, string what, string condition, int seconds = 90) =>
        MustAsync("-n", ns, "wait", what, $"--for={condition}", $"--timeout={seconds}s");
}
