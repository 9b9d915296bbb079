using Proa.ApiServer.Security;

namespace Proa.ApiServer.Metrics;

/// <summary>How requests were authenticated and authorized, and how long that took. Lock-free; names of users are told by their kind alone.</summary>
internal sealed class IdentityMetrics
{
    private static readonly double[] s_bounds = [.. Enumerable.Range(0, 15).Select(static i => 0.001 * (1 << i))];

    private readonly CounterFamily _users = new("authenticated_user_requests", "counter", "[ALPHA] Counter of authenticated requests broken out by username.", "username");
    private readonly CounterFamily _authentications = new("authentication_attempts", "counter", "[ALPHA] Counter of authenticated attempts.", "result");

    private readonly HistogramFamily _authenticationTimes = new("authentication_duration_seconds", s_bounds,
        "[ALPHA] Authentication duration in seconds broken out by result.", "result");

    private readonly CounterFamily _authorizations = new("authorization_attempts_total", "counter",
        "[ALPHA] Counter of authorization attempts broken down by result. It can be either 'allowed', 'denied', 'no-opinion' or 'error'.", "result");

    private readonly HistogramFamily _authorizationTimes = new("authorization_duration_seconds", s_bounds,
        "[ALPHA] Authorization duration in seconds broken out by result.", "result");

    private readonly Histogram _lifetimes = new([0, 1800, 3600, 7200, 21600, 43200, 86400, 172800, 345600, 604800, 2592000, 7776000, 15552000, 31104000], 1);

    /// <param name="left">Until the certificate by which a client was authenticated is over.</param>
    public void CertificateLeft(TimeSpan left) => _lifetimes.Observe(left.TotalSeconds);

    public void Authenticated(UserInfo? user, TimeSpan time)
    {
        var result = new LabelValues(user is null ? "failure" : "success");
        _authentications.Of(result).Add();
        _authenticationTimes.Of(result).Observe(time);
        if (user is not null)
        {
            _users.Of(new(user.Name switch
            {
                "admin" or "client" or "kube_proxy" or "kubelet" or "system:serviceaccount:kube-system:default" => user.Name,
                var name => name.Contains('@') ? "email_id" : "other",
            })).Add();
        }
    }

    public void Authorized(in Decision decision, TimeSpan time)
    {
        var result = new LabelValues(decision.Allowed ? "allowed" : decision.Error is { Length: > 0 } ? "error" : decision.Denied ? "denied" : "no-opinion");
        _authorizations.Of(result).Add();
        _authorizationTimes.Of(result).Observe(time);
    }

    public void WriteTo(MetricsText text)
    {
        text.Head("apiserver_client_certificate_expiration_seconds", "histogram", "[ALPHA] Distribution of the remaining lifetime on the certificate used to authenticate a request.");
        text.Histogram("apiserver_client_certificate_expiration_seconds", _lifetimes);
        _users.WriteTo(text);
        _authentications.WriteTo(text);
        _authenticationTimes.WriteTo(text);
        _authorizations.WriteTo(text);
        _authorizationTimes.WriteTo(text);
    }
}
