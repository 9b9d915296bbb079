using Proa.ApiServer.Metrics;
using Proa.ApiServer.Security;
using Proa.Client.Http;

namespace Proa.ApiServer.Audit;

/// <summary>
/// Records requests as the policy asks, in a file, at another server, or both. Thread-safe. A line that was written to the file has
/// reached the kernel before its request is answered; the other server has it later.
/// </summary>
public sealed class AuditLog : IDisposable
{
    private readonly AuditPolicy _policy;
    private readonly AuditFile? _file;
    private readonly AuditWebhook? _webhook;
    private readonly TimeProvider _time;

    /// <param name="file">Null: none.</param>
    /// <param name="webhook">Names the other server; null: none.</param>
    public AuditLog(AuditPolicy policy, AuditFileOptions? file, TimeProvider time, KubeConfig? webhook = null)
    {
        (_policy, _time) = (policy, time);
        _file = file is null ? null : new(file, time);
        _webhook = webhook is null ? null : new(webhook, s_wait, time);
    }

    /// <summary>Sends to the other server until cancelled.</summary>
    public Task RunAsync(CancellationToken ct) => _webhook?.RunAsync(ct) ?? Task.CompletedTask;

    private static readonly TimeSpan s_wait = TimeSpan.FromSeconds(30);

    private readonly Counter _events = new();
    private readonly Counter _errors = new();
    private readonly Counter[] _levels = [new(), new(), new(), new()];

    internal DateTimeOffset Now => _time.GetUtcNow();

    /// <returns>Null: nothing is recorded of such a request.</returns>
    internal AuditEvent? Begin(UserInfo? user, UserInfo? impersonated, RequestInfo request, string id, string uri, IReadOnlyList<string> sources, string agent, string constraint = "")
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
            Sources = sources,
            UserAgent = agent,
            Constraint = constraint,
        };
    }

    internal void Write(ReadOnlyMemory<byte> line)
    {
        try
        {
            _file?.Write(line.Span);
            _webhook?.Add(line);
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
        if (_webhook is not null)
        {
            text.Sample("apiserver_audit_error_total", _webhook.Errors.Value, ("plugin", "webhook"));
        }
        text.Single("apiserver_audit_event_total", "counter", "[ALPHA] Counter of audit events generated and sent to the audit backend.", _events.Value);
        text.Head("apiserver_audit_level_total", "counter", "[ALPHA] Counter of policy levels for audit events (1 per request).");
        for (var i = 0; i < _levels.Length; i++)
        {
            text.Sample("apiserver_audit_level_total", _levels[i].Value, ("level", ((AuditLevel)i).ToString()));
        }
        text.Single("apiserver_audit_requests_rejected_total", "counter", "[ALPHA] Counter of apiserver requests rejected due to an error in audit logging backend.", _errors.Value);
    }

    public void Dispose()
    {
        _file?.Dispose();
        _webhook?.Dispose();
    }
}
