using Proa.Api.Json;
using Proa.ApiServer.Metrics;

namespace Proa.ApiServer.Security.Authorization;

/// <summary>
/// Asks another server by a SubjectAccessReview, five times where it fails for the moment, and remembers its answers. Thread-safe.
/// </summary>
internal sealed class WebhookAuthorizer : IAuthorizer, IDisposable
{
    private const int LongestRemembered = 10_000;
    private readonly string _name;
    private readonly WebhookSettings _settings;
    private readonly AuthorizationMetrics _metrics;
    private readonly ReviewClient _client;
    private readonly AnswerCache _answers;

    public WebhookAuthorizer(string name, WebhookSettings settings, AuthorizationMetrics metrics, TimeProvider time)
    {
        (_name, _settings, _metrics, _answers) = (name, settings, metrics, new(time));
        _client = new(settings.Connection, settings.Timeout, time);
    }

    public async ValueTask<Decision> AuthorizeAsync(UserInfo user, RequestInfo request, CancellationToken ct)
    {
        var spec = ReviewSpec.Of(user, request);
        if (_settings.Conditions.Count > 0)
        {
            var (matches, wrong) = Match(spec, ct);
            if (wrong is not null)
            {
                return Failed(wrong);
            }
            if (!matches)
            {
                _metrics.ConditionExcluded(_name);
                return Decision.NoOpinion;
            }
        }
        var sent = ReviewSpec.Sent(spec);
        var key = sent.ToString();
        if (_answers.Find(key) is { } known)
        {
            return known;
        }
        var review = new JsonObject { ["kind"] = "SubjectAccessReview", ["apiVersion"] = "authorization.k8s.io/" + _settings.ReviewVersion, ["metadata"] = new JsonObject(), ["spec"] = Versioned(sent), ["status"] = new JsonObject { ["allowed"] = false } };
        var (status, error) = await _client.AskAsync(review, (result, span) => _metrics.WebhookAsked(_name, result, span), ct);
        if (status is null)
        {
            if (!_settings.FailsClosed)
            {
                _metrics.FailedOpen(_name, "error");
            }
            return Failed(error!);
        }
        var decision = Read(status);
        var span = decision.Allowed ? _settings.AllowedFor : _settings.RefusedFor;
        if (span > TimeSpan.Zero && key.Length < LongestRemembered)
        {
            _answers.Add(key, decision, span);
        }
        return decision;
    }

    public void Dispose() => _client.Dispose();

    /// <summary>A condition that is false decides, even beside one that fails.</summary>
    private (bool Matches, string? Error) Match(JsonObject spec, CancellationToken ct)
    {
        List<string>? errors = null;
        foreach (var condition in _settings.Conditions)
        {
            var holds = condition.Holds(spec, ct, out var error);
            if (error is not null)
            {
                (errors ??= []).Add(error);
            }
            else if (!holds)
            {
                return (false, null);
            }
        }
        return errors is null ? (true, null) : (false, errors.Count == 1 ? errors[0] : $"[{string.Join(", ", errors)}]");
    }

    private Decision Failed(string error) => new(false, "") { Denied = _settings.FailsClosed, Error = error };

    private static Decision Read(JsonObject status)
    {
        var (allowed, denied, reason) = (status.Bool("allowed") == true, status.Bool("denied") == true, status.String("reason") ?? "");
        return denied
            ? new(false, reason) { Denied = true, Error = allowed ? "webhook subject access review returned both allow and deny response" : "" }
            : new(allowed, reason);
    }

    // Before v1 the groups were named otherwise.
    private JsonObject Versioned(JsonObject spec)
    {
        if (_settings.ReviewVersion == "v1beta1" && spec["groups"] is { } groups)
        {
            spec.Remove("groups");
            spec["group"] = groups;
        }
        return spec;
    }
}
