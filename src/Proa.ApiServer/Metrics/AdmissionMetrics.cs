using Proa.ApiServer.Admission;

namespace Proa.ApiServer.Metrics;

/// <summary>What admission takes, by phase, plugin and webhook. Lock-free.</summary>
internal sealed class AdmissionMetrics
{
    private static readonly double[] s_bounds = [0.005, 0.025, 0.1, 0.5, 1, 2.5];
    private static readonly double[] s_webhookBounds = [0.005, 0.025, 0.1, 0.5, 1, 2.5, 10, 25];
    private static readonly string[] s_operations = ["CREATE", "UPDATE", "DELETE", "CONNECT"];

    private readonly HistogramFamily _steps = new("apiserver_admission_step_admission_duration_seconds", s_bounds,
        "[STABLE] Admission sub-step latency histogram in seconds, broken out for each operation and API resource and step type (validate or admit).",
        "operation", "rejected", "type");

    private readonly HistogramFamily _plugins = new("apiserver_admission_controller_admission_duration_seconds", s_bounds,
        "[STABLE] Admission controller latency histogram in seconds, identified by name and broken out for each operation and API resource and type (validate or admit).",
        "name", "operation", "rejected", "type");

    private readonly HistogramFamily _webhooks = new("apiserver_admission_webhook_admission_duration_seconds", s_webhookBounds,
        "[STABLE] Admission webhook latency histogram in seconds, identified by name and broken out for each operation and API resource and type (validate or admit).",
        "name", "operation", "rejected", "type");

    private readonly CounterFamily _requests = new("apiserver_admission_webhook_request_total", "counter",
        "[ALPHA] Admission webhook request total, identified by name and broken out for each admission type (validating or admit) and operation. Additional labels specify whether the request was rejected or not and an HTTP status code. Codes greater than 600 are truncated to 600, to keep the metrics cardinality bounded.",
        "code", "name", "operation", "rejected", "type");

    private readonly CounterFamily _rejections = new("apiserver_admission_webhook_rejection_count", "counter",
        "[ALPHA] Admission webhook rejection count, identified by name and broken out for each admission type (validating or admit) and operation. Additional labels specify an error type (calling_webhook_error or apiserver_internal_error if an error occurred; no_error otherwise) and optionally a non-zero rejection code if the webhook rejects the request with an HTTP status code (honored by the apiserver when the code is greater or equal to 400). Codes greater than 600 are truncated to 600, to keep the metrics cardinality bounded.",
        "error_type", "name", "operation", "rejection_code", "type");

    private readonly CounterFamily _failOpen = new("apiserver_admission_webhook_fail_open_count", "counter",
        "[ALPHA] Admission webhook fail open count, identified by name and broken out for each admission type (validating or admit).", "name", "type");

    private readonly CounterFamily _conditionErrors = new("apiserver_admission_match_condition_evaluation_errors_total", "counter",
        "[ALPHA] Admission match condition evaluation errors count, identified by name of resource containing the match condition and broken out for each kind containing matchConditions (webhook or policy), operation and admission type (validate or admit).",
        "kind", "name", "operation", "type");

    private readonly CounterFamily _conditionExclusions = new("apiserver_admission_match_condition_exclusions_total", "counter",
        "[ALPHA] Admission match condition evaluation exclusions count, identified by name of resource containing the match condition and broken out for each kind containing matchConditions (webhook or policy), operation and admission type (validate or admit).",
        "kind", "name", "operation", "type");

    private readonly CounterFamily _checks = new("apiserver_validating_admission_policy_check_total", "counter",
        "[BETA] Validation admission policy check total, labeled by policy and further identified by binding and enforcement action taken.",
        "enforcement_action", "error_type", "policy", "policy_binding");

    private readonly HistogramFamily _checkTimes = new("apiserver_validating_admission_policy_check_duration_seconds", [5e-07, 0.001, 0.01, 0.1, 1],
        "[BETA] Validation admission latency for individual validation expressions in seconds, labeled by policy and further including binding and enforcement action taken.",
        "enforcement_action", "error_type", "policy", "policy_binding");

    private readonly CounterFamily _mutations = new("apiserver_mutating_admission_policy_check_total", "counter",
        "[ALPHA] Mutation admission policy check total, labeled by policy and further identified by binding.", "error_type", "policy", "policy_binding");

    private readonly HistogramFamily _mutationTimes = new("apiserver_mutating_admission_policy_check_duration_seconds", [5e-07, 0.001, 0.01, 0.1, 1],
        "[ALPHA] Mutation admission latency for individual mutation expressions in seconds, labeled by policy and binding.", "error_type", "policy", "policy_binding");

    /// <param name="plugin">Empty: the whole phase.</param>
    public Histogram Time(string plugin, AdmissionOperation operation, bool validating, bool rejected)
    {
        var (of, no, type) = (s_operations[(int)operation], rejected ? "true" : "false", validating ? "validate" : "admit");
        return plugin.Length == 0 ? _steps.Of(new(of, no, type)) : _plugins.Of(new(plugin, of, no, type));
    }

    /// <summary>One call of a webhook.</summary>
    /// <param name="code">Of its answer, or of what is answered for it; 200: admitted.</param>
    public void Webhook(string name, AdmissionOperation operation, bool validating, bool rejected, int code, TimeSpan time)
    {
        var (of, no, type) = (s_operations[(int)operation], rejected ? "true" : "false", validating ? "validating" : "admit");
        _requests.Of(new(Code(code), name, of, no, type)).Add();
        _webhooks.Of(new(name, of, no, type)).Observe(time);
    }

    /// <param name="error"><c>calling_webhook_error</c>, <c>apiserver_internal_error</c> or <c>no_error</c>.</param>
    public void Rejected(string name, AdmissionOperation operation, bool validating, string error, int code) =>
        _rejections.Of(new(error, name, s_operations[(int)operation], Code(code), validating ? "validating" : "admit")).Add();

    public void FailedOpen(string name, bool validating) => _failOpen.Of(new(name, validating ? "validating" : "admit")).Add();

    /// <param name="kind"><c>webhook</c> or <c>policy</c>.</param>
    public void Excluded(string name, string kind, AdmissionOperation operation, bool validating) =>
        _conditionExclusions.Of(new(kind, name, s_operations[(int)operation], validating ? "validate" : "admit")).Add();

    public void ConditionFailed(string name, string kind, AdmissionOperation operation, bool validating) =>
        _conditionErrors.Of(new(kind, name, s_operations[(int)operation], validating ? "validate" : "admit")).Add();

    /// <param name="action"><c>deny</c>, <c>audit</c>, <c>warn</c> or <c>allow</c>.</param>
    public void PolicyChecked(string policy, string binding, string action, string error, TimeSpan time)
    {
        var labels = new LabelValues(action, error, policy, binding);
        _checks.Of(labels).Add();
        _checkTimes.Of(labels).Observe(time);
    }

    public void PolicyMutated(string policy, string binding, string error, TimeSpan time)
    {
        var labels = new LabelValues(error, policy, binding);
        _mutations.Of(labels).Add();
        _mutationTimes.Of(labels).Observe(time);
    }

    public void WriteTo(MetricsText text)
    {
        _plugins.WriteTo(text);
        _conditionErrors.WriteTo(text);
        _conditionExclusions.WriteTo(text);
        _steps.WriteTo(text);
        _webhooks.WriteTo(text);
        _failOpen.WriteTo(text);
        _rejections.WriteTo(text);
        _requests.WriteTo(text);
        _checks.WriteTo(text);
        _checkTimes.WriteTo(text);
        _mutations.WriteTo(text);
        _mutationTimes.WriteTo(text);
    }

    private static string Code(int code) => Math.Min(code, 600).ToString(System.Globalization.CultureInfo.InvariantCulture);
}
