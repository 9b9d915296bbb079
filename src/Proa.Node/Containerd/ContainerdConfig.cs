using System.Globalization;
using System.Text;

namespace Proa.Node.Containerd;

/// <summary>
/// containerd's configuration (its version 2, which 1.5 to 2.x read). Plug-ins that Proa has no use for are off: they cost
/// start time and memory.
/// </summary>
internal static class ContainerdConfig
{
    private static readonly string[] s_unused =
    [
        "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper",
        "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.native", "io.containerd.snapshotter.v1.blockfile",
        "io.containerd.tracing.processor.v1.otlp", "io.containerd.internal.v1.tracing", "io.containerd.internal.v1.restart",
        "io.containerd.internal.v1.opt", "io.containerd.nri.v1.nri",
    ];

    /// <param name="options">Where things live.</param>
    /// <param name="mayRaisePriority">
    /// Whether the process may lower an OOM score (CAP_SYS_RESOURCE). Without it each sandbox would fail with an unclear
    /// error of runc's, unless containerd is told to keep to what it may.
    /// </param>
    public static string Render(ContainerdOptions options, bool mayRaisePriority)
    {
        var text = new StringBuilder();
        text.AppendLine("version = 2");
        Line(text, $"root = {Quote(options.Root)}");
        Line(text, $"state = {Quote(options.State)}");
        Line(text, $"disabled_plugins = [{string.Join(", ", s_unused.Select(Quote))}]");
        text.AppendLine("[grpc]");
        Line(text, $"  address = {Quote(options.Socket)}");
        text.AppendLine("[plugins.\"io.containerd.grpc.v1.cri\"]");
        Line(text, $"  sandbox_image = {Quote(PauseImage.Name)}");
        Line(text, $"  restrict_oom_score_adj = {(mayRaisePriority ? "false" : "true")}");
        text.AppendLine("  disable_apparmor = true");
        text.AppendLine("  disable_tcp_service = true");
        text.AppendLine("  stream_server_address = \"127.0.0.1\"");
        text.AppendLine("  stream_server_port = \"0\"");
        text.AppendLine("  netns_mounts_under_state_dir = true");
        text.AppendLine("[plugins.\"io.containerd.grpc.v1.cri\".cni]");
        Line(text, $"  bin_dir = {Quote(options.CniPluginDirectory ?? PluginDirectory())}");
        Line(text, $"  conf_dir = {Quote(options.CniConfigDirectory)}");
        text.AppendLine("[plugins.\"io.containerd.grpc.v1.cri\".registry]");
        Line(text, $"  config_path = {Quote(options.RegistryDirectory)}");
        text.AppendLine("[plugins.\"io.containerd.grpc.v1.cri\".containerd]");
        text.AppendLine("  snapshotter = \"overlayfs\"");
        text.AppendLine("  default_runtime_name = \"runc\"");
        text.AppendLine("[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc]");
        text.AppendLine("  runtime_type = \"io.containerd.runc.v2\"");
        text.AppendLine("[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc.options]");
        text.AppendLine("  SystemdCgroup = false");
        Line(text, $"  BinaryName = {Quote(options.RuntimeBinary)}");
        return text.ToString();
    }

    private static string PluginDirectory() =>
        Directory.Exists("/usr/lib/cni") ? "/usr/lib/cni" : "/opt/cni/bin";

    private static void Line(StringBuilder text, string line) => text.Append(line).Append('\n');

    /// <summary>A TOML basic string.</summary>
    private static string Quote(string value)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in value)
        {
            if (c is '"' or '\\')
            {
                quoted.Append('\\').Append(c);
            }
            else if (char.IsControl(c))
            {
                quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}");
            }
            else
            {
                quoted.Append(c);
            }
        }
        return quoted.Append('"').ToString();
    }
}
