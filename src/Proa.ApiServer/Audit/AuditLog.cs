using Proa.ApiServer.Metrics;
using Proa.ApiServer.Security;

namespace Proa.ApiServer.Audit;

/// <summary>Records requests as the policy asks, in one file. Thread-safe. A line that was written has reached the kernel before its request is answered.</summary>
public sealed class AuditLog : IDisposable
{
    private readonly AuditPolicy _policy;
    private readonly AuditFile _file;
    private readonly TimeProvider _time;

    public AuditLog(AuditPolicy policy, AuditFileOptions options, TimeProvider time)
    {
        (_policy, _time) = (policy, time);
        _file = new(options, time);
    }

    private readonly Counter _events = new();
    private readonly Counter _errors = new();
    private readonly Counter[] _levels = [new(), new(), new(), new()];

    internal DateTimeOffset Now => _time.GetUtcNow();

    /// <returns>Null: nothing is recorded of such a request.</returns>
    internal AuditEvent? Begin(UserInfo? user, UserInfo? impersonated, RequestInfo request, string id, string uri, string source, string agent, string constraint = "")
    {
        // The policy is asked about who was authenticated, not about whom that user acts as.
        var rule = _policy.Of(user, request);
        _levels[(int)rule.Level].Add();
        return rule.Level == AuditLevel.None ? null : new AuditEvent(this, rule, request, Now)
        {
            Id = id,
            Uri = uri,
            User = user,
            Impersonated = impersonated,
            SourceAddress = source,
            UserAgent = agent,
            Constraint = constraint,
        };
    }

    internal void Write(ReadOnlyMemory<byte> line)
    {
        try
        {
            _file.Write(line.Span);
            _events.Add();
        }
        catch (IOException)
        {
            _errors.Add();
            throw;
        }
    }

    internal void WriteTo(MetricsText text)
    {
        text.Head("apiserver_audit_error_total", "counter", "[ALPHA] Counter of audit events that failed to be audited properly. Plugin identifies the plugin affected by the error.");
        text.Sample("apiserver_audit_error_total", _errors.Value, ("plugin", "log"));
        text.Single("apiserver_audit_event_total", "counter", "[ALPHA] Counter of audit events generated and sent to the audit backend.", _events.Value);
        text.Head("apiserver_audit_level_total", "counter", "[ALPHA] Counter of policy levels for audit events (1 per request).");
        for (var i = 0; i < _levels.Length; i++)
        {
            text.Sample("apiserver_audit_level_total", _levels[i].Value, ("level", ((AuditLevel)i).ToString()));
        }
        text.Single("apiserver_audit_requests_rejected_total", "counter", "[ALPHA] Counter of apiserver requests rejected due to an error in audit logging backend.", _errors.Value);
    }

    public void Dispose() => _file.Dispose();
}
