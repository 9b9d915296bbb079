namespace Proa.Bench.Api.Servers;

/// <param name="controllers">True: the whole server but for the node; false: the API alone, as kube-apiserver is.</param>
internal sealed class ProaServer(string program, string folder, bool controllers) : TestedServer(folder)
{
    private string Data => Path.Combine(Folder, "proa");

    protected override string Token => File.ReadAllText(Path.Combine(Data, "pki", "admin-token")).Trim();

    protected override void Launch() => Launch(
        program, "proa.log",
        ["up", "--no-node", "--data-dir", Data, "--api-port", $"{Address.Port}", .. controllers ? (string[])[] : ["--no-scheduler", "--controllers", "namespace"]]);
}
