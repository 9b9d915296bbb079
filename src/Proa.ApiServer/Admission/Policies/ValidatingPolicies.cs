using Proa.Api.Json;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Admission.Matching;
using Proa.ApiServer.Metrics;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Security;
using Proa.ApiServer.Types;
using Proa.Store;

namespace Proa.ApiServer.Admission.Policies;

/// <summary>Holds requests against the ValidatingAdmissionPolicies that are bound. Without any it costs one look at an empty list.</summary>
internal sealed class ValidatingPolicies(IObjectStore store, TypeCatalog types, IAuthorizer? authorizer, AdmissionMetrics metrics, TimeProvider clock) : IAdmissionStep
{
    private const int MaxAnnotation = 10 * 1024;

    private readonly PolicyParameters _parameters = new(store, types);

    private readonly PolicySet<ValidatingPolicy> _policies = new(store,
        "validatingadmissionpolicies.admissionregistration.k8s.io",
        "validatingadmissionpolicybindings.admissionregistration.k8s.io",
        static policy => new ValidatingPolicy(policy));

    public ValueTask<Status?> ValidateAsync(AdmissionRequest request, CancellationToken ct)
    {
        var policies = _policies.All;
        return policies.Count == 0 || PolicyScope.IsExempt(request) ? default : new(Check(request, policies, ct));
    }

    private Status? Check(AdmissionRequest request, IReadOnlyList<BoundPolicy<ValidatingPolicy>> policies, CancellationToken ct)
    {
        Status? refused = null;
        foreach (var (policy, bindings, _) in policies)
        {
            var matched = policy.Match.Match(request, store, types);
            var broken = matched.Error ?? (matched.IsMatch ? _parameters.KindError(policy.ParameterKind) : null);
            if (broken is not null)
            {
                if (!policy.Ignores)
                {
                    refused ??= Refuse(request, policy, null, $"failed to configure policy: {broken}", "Invalid");
                }
            }
            else if (matched.Type is { } type)
            {
                var annotations = new Dictionary<string, List<string>>(StringComparer.Ordinal);
                foreach (var binding in bindings)
                {
                    var denied = Apply(request, policy, binding, type, annotations, ct);
                    refused ??= denied;
                }
                foreach (var (key, values) in annotations)
                {
                    request.Annotate($"{policy.Name}/{key}", string.Join(", ", values));
                }
            }
        }
        return refused;
    }

    private Status? Apply(
        AdmissionRequest request, ValidatingPolicy policy, PolicyBinding binding, ServedType type, Dictionary<string, List<string>> annotations, CancellationToken ct)
    {
        var matched = binding.Match?.Match(request, store, types) ?? new ResourceMatch(type, null);
        if (matched is { IsMatch: false, Error: null })
        {
            return null;
        }
        var error = matched.Error;
        IReadOnlyList<JsonObject?> parameters = error is null ? _parameters.Find(policy.ParameterKind, binding.Parameters, request.Namespace, out error) : [];
        if (error is not null)
        {
            return policy.Ignores ? null : Refuse(request, policy, binding, $"failed to configure binding: {error}", "Invalid");
        }
        Status? refused = null;
        foreach (var parameter in parameters)
        {
            var started = clock.GetTimestamp();
            var variables = new AdmissionVariables(request, type, types, store, authorizer, ct) { Parameters = parameter };
            foreach (var denial in policy.Evaluate(variables, (key, value) => Note(annotations, key, value), ct))
            {
                var (wrong, took) = (ErrorKind(denial.Message), clock.GetElapsedTime(started));
                if (denial.Index < 0)
                {
                    metrics.PolicyChecked(policy.Name, binding.Name, "deny", wrong, took);
                    refused ??= Refuse(request, policy, binding, denial.Message, denial.Reason);
                    continue;
                }
                foreach (var action in binding.Actions)
                {
                    metrics.PolicyChecked(policy.Name, binding.Name, action switch { "Deny" => "deny", "Warn" => "warn", _ => "audit" }, wrong, took);
                    switch (action)
                    {
                        case "Deny":
                            refused ??= Refuse(request, policy, binding, denial.Message, denial.Reason);
                            break;
                        case "Warn":
                            request.Warn($"Validation failed for ValidatingAdmissionPolicy '{policy.Name}' with binding '{binding.Name}': {denial.Message}");
                            break;
                        case "Audit":
                            request.Annotate("validation.policy.admission.k8s.io/validation_failure", Failure(policy, binding, denial));
                            break;
                    }
                }
            }
        }
        return refused;
    }

    private static string ErrorKind(string message) =>
        message.StartsWith("compilation", StringComparison.Ordinal) ? "compile_error"
        : message.StartsWith(PolicyExpression.OutOfBudget, StringComparison.Ordinal) ? "out_of_budget"
        : "invalid_error";

    private static void Note(Dictionary<string, List<string>> annotations, string key, string value)
    {
        value = value.Length > MaxAnnotation ? value[..MaxAnnotation] : value;
        if (!annotations.TryGetValue(key, out var values))
        {
            annotations[key] = values = [];
        }
        if (!values.Contains(value))
        {
            values.Add(value);
        }
    }

    private static string Failure(ValidatingPolicy policy, PolicyBinding binding, PolicyDenial denial) => new JsonArray
    {
        new JsonObject
        {
            ["message"] = denial.Message,
            ["policy"] = policy.Name,
            ["binding"] = binding.Name,
            ["expressionIndex"] = denial.Index,
            ["validationActions"] = new JsonArray(binding.Actions.Select(static action => (JsonValue)action)),
        },
    }.ToString();

    private static Status Refuse(AdmissionRequest request, ValidatingPolicy policy, PolicyBinding? binding, string message, string reason)
    {
        var text = binding is null
            ? $"ValidatingAdmissionPolicy '{policy.Name}' denied request: {message}"
            : $"ValidatingAdmissionPolicy '{policy.Name}' with binding '{binding.Name}' denied request: {message}";
        var forbidden = Statuses.Forbidden(request.GroupResource, request.ShownName, text);
        return forbidden with
        {
            Reason = reason,
            Code = reason switch { "Forbidden" => 403, "Unauthorized" => 401, "RequestEntityTooLarge" => 413, _ => 422 },
            Details = forbidden.Details! with { Causes = [new StatusCause { Message = text }] },
        };
    }
}
