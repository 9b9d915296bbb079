namespace Proa.ApiServer.Metrics;

/// <summary>What authorizers decided, and what asking webhooks took. Lock-free.</summary>
internal sealed class AuthorizationMetrics
{
    private static readonly double[] s_bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private readonly CounterFamily _decisions = new("apiserver_authorization_decisions_total", "counter",
        "[ALPHA] Total number of terminal decisions made by an authorizer split by authorizer type, name, and decision.", "decision", "name", "type");

    private readonly CounterFamily _exclusions = new("apiserver_authorization_match_condition_exclusions_total", "counter",
        "[ALPHA] Total number of exclusions when an authorization webhook is skipped because match conditions exclude it.", "name", "type");

    private readonly CounterFamily _evaluations = new("apiserver_authorization_webhook_evaluations_total", "counter",
        "[BETA] Round-trips to authorization webhooks.", "name", "result");

    private readonly HistogramFamily _durations = new("apiserver_authorization_webhook_duration_seconds", s_bounds,
        "[BETA] Request latency in seconds.", "name", "result");

    private readonly CounterFamily _failOpen = new("apiserver_authorization_webhook_evaluations_fail_open_total", "counter",
        "[BETA] NoOpinion results due to webhook timeout or error.", "name", "result");

    /// <param name="decision"><c>allowed</c> or <c>denied</c>.</param>
    public void Decided(string type, string name, string decision) => _decisions.Of(new(decision, name, type)).Add();

    public void ConditionExcluded(string name) => _exclusions.Of(new(name, "Webhook")).Add();

    /// <param name="result"><c>success</c>, <c>timeout</c> or <c>error</c>.</param>
    public void WebhookAsked(string name, string result, TimeSpan time)
    {
        _evaluations.Of(new(name, result)).Add();
        _durations.Of(new(name, result)).Observe(time);
    }

    public void FailedOpen(string name, string result) => _failOpen.Of(new(name, result)).Add();

    public void WriteTo(MetricsText text)
    {
        _decisions.WriteTo(text);
        _exclusions.WriteTo(text);
        _durations.WriteTo(text);
        _failOpen.WriteTo(text);
        _evaluations.WriteTo(text);
    }
}
