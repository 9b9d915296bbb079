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

    internal DateTimeOffset Now => _time.GetUtcNow();

    /// <returns>Null: nothing is recorded of such a request.</returns>
    internal AuditEvent? Begin(UserInfo? user, UserInfo? impersonated, RequestInfo request, string id, string uri, string source, string agent)
    {
        // The policy is asked about who was authenticated, not about whom that user acts as.
        var rule = _policy.Of(user, request);
        return rule.Level == AuditLevel.None ? null : new AuditEvent(this, rule, request, Now)
        {
            Id = id,
            Uri = uri,
            User = user,
            Impersonated = impersonated,
            SourceAddress = source,
            UserAgent = agent,
        };
    }

    internal void Write(ReadOnlyMemory<byte> line) => _file.Write(line.Span);

    public void Dispose() => _file.Dispose();
}
