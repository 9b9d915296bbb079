using System.CommandLine;
using System.CommandLine.Parsing;
using Proa.Cluster;

namespace Proa.Commands;

/// <summary>The options that say where etcd is, by the original's names.</summary>
internal sealed class EtcdFlags
{
    private readonly Option<string?> _endpoints = new("--etcd", "--etcd-servers")
    {
        Description = "Keep the cluster in etcd, so that several servers can serve it: the members' client addresses, comma-separated",
        HelpName = "URLS",
    };
    private readonly Option<string?> _authority = File("--etcd-cafile", "PEM of the authority that signed the etcd members' certificates (default: the machine's)");
    private readonly Option<string?> _certificate = File("--etcd-certfile", "PEM of the certificate that is shown to etcd");
    private readonly Option<string?> _key = File("--etcd-keyfile", "PEM of that certificate's key");

    public EtcdFlags() => _endpoints.Validators.Add(result =>
    {
        if (result.GetValueOrDefault<string?>() is { } text && EtcdSettings.Problem(text) is { } problem)
        {
            result.AddError($"--etcd: {problem}");
        }
    });

    public void AddTo(Command command)
    {
        foreach (var flag in (Option[])[_endpoints, _authority, _certificate, _key])
        {
            command.Add(flag);
        }
        command.Validators.Add(result =>
        {
            if (!IsGiven(result) && (result.GetValue(_authority) ?? result.GetValue(_certificate) ?? result.GetValue(_key)) is not null)
            {
                result.AddError("--etcd-cafile, --etcd-certfile and --etcd-keyfile need --etcd");
            }
            if (result.GetValue(_certificate) is null != result.GetValue(_key) is null)
            {
                result.AddError("--etcd-certfile and --etcd-keyfile go together");
            }
        });
    }

    public bool IsGiven(CommandResult result) => result.GetValue(_endpoints) is not null;

    /// <summary>Null: none was named.</summary>
    public EtcdSettings? Read(ParseResult parsed) => parsed.GetValue(_endpoints) is { } endpoints
        ? new(endpoints, Full(parsed.GetValue(_authority)), Full(parsed.GetValue(_certificate)), Full(parsed.GetValue(_key)))
        : null;

    // What is stored must hold wherever the next start happens.
    private static string? Full(string? path) => path is null ? null : Path.GetFullPath(path);

    private static Option<string?> File(string name, string description) => new(name) { Description = description, HelpName = "FILE" };
}
