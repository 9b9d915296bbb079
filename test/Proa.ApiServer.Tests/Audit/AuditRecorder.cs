using System.Text;
using Proa.Api.Json;
using Proa.ApiServer.Audit;
using Proa.ApiServer.Tests.Pki;

namespace Proa.ApiServer.Tests.Audit;

/// <summary>Records everything at one level in a file of its own; what was recorded is read at the end.</summary>
internal sealed class AuditRecorder : IDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly string _path;

    public AuditRecorder(AuditLevel level = AuditLevel.Metadata)
    {
        _path = Path.Combine(_folder.Path, "audit.log");
        Log = new(AuditPolicy.Read($"apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules: [{{level: {level}}}]"), new(_path, 0, 0, TimeSpan.Zero), TimeProvider.System);
    }

    public AuditLog Log { get; }

    /// <summary>The annotations of the only event of a verb on a resource.</summary>
    public JsonObject NotesOf(string verb, string resource, string name) => Of(verb, resource, name).Object("annotations") ?? [];

    /// <summary>The only event of a verb on a resource.</summary>
    public JsonObject Of(string verb, string resource, string name)
    {
        using var stream = new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var lines = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonTree.ParseObject(Encoding.UTF8.GetBytes(line)));
        return Assert.Single(lines, line => line.String("verb") == verb && line.Object("objectRef")?.String("resource") == resource && line.Object("objectRef")?.String("name") == name);
    }

    public void Dispose()
    {
        Log.Dispose();
        _folder.Dispose();
    }
}
