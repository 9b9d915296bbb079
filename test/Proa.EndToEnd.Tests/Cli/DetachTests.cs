using System.Globalization;
using System.Text.Json.Nodes;
using Proa.EndToEnd.Tests.Harness;

namespace Proa.EndToEnd.Tests.Cli;

public sealed class DetachTests
{
    [Fact]
    public async Task UpDetached_StatusTokenDown_DoWhatTheySay()
    {
        var folder = Directory.CreateTempSubdirectory("proa-detach-").FullName;
        try
        {
            var port = TestCluster.FreePort().ToString(CultureInfo.InvariantCulture);
            var up = await TestCluster.ProaAsync("up", "--detach", "--no-node", "--data-dir", folder, "--api-port", port);
            up.Must();
            var log = await File.ReadAllLinesAsync(Path.Combine(folder, "proa.log"), TestContext.Current.CancellationToken);
            var status = JsonNode.Parse((await TestCluster.ProaAsync("status", "--data-dir", folder, "-o", "json")).Must())!;
            var token = (await TestCluster.ProaAsync("token", "--data-dir", folder)).Must().Trim();
            var whoami = await CommandResult.RunAsync("kubectl", ["--server", $"https://127.0.0.1:{port}", "--insecure-skip-tls-verify", "--token", token, "auth", "whoami"]);
            var again = await TestCluster.ProaAsync("up", "--no-node", "--data-dir", folder, "--api-port", port);
            var down = await TestCluster.ProaAsync("down", "--data-dir", folder);
            var gone = await TestCluster.ProaAsync("status", "--data-dir", folder);

            Assert.True((bool)status["running"]!);
            Assert.Contains("\nready ", up.Stdout);
            Assert.All(log, line => Assert.Matches(@"^\d{4}-\d\d-\d\dT\S+Z (info |warn |error) \S+: ", line));
            Assert.Contains("admin", whoami.Must());
            Assert.Contains("system:masters", whoami.Stdout);
            Assert.Equal(1, again.ExitCode);
            Assert.Contains("already runs", again.Stderr);
            down.Must();
            Assert.Equal(1, gone.ExitCode);
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder, "kubeconfig")));
        }
        finally
        {
            (await TestCluster.ProaAsync("reset", "--data-dir", folder, "--yes")).Must();
        }
    }
}
